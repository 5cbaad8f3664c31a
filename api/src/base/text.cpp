#include "base/text.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

// How many bytes a character has and the least code point that needs that many; anything shorter is overlong.
struct Form {
    std::size_t length = 0; // 0: no character begins like this
    char32_t least = 0;
    unsigned char lead_bits = 0;
};

// The form of a character by its first byte.
Form form_of(unsigned char lead) {
    if (lead < 0x80) {
        return {1, 0x00, 0x7f};
    }
    if (lead >= 0xc0 && lead < 0xe0) {
        return {2, 0x80, 0x1f};
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        return {3, 0x800, 0x0f};
    }
    if (lead >= 0xf0 && lead < 0xf8) {
        return {4, 0x10000, 0x07};
    }
    return {};
}

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }

bool is_character(char32_t point) {
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    return !surrogate && point <= 0x10ffff;
}

// Whether the text is well-formed UTF-8 and every character of it is accepted.
template <typename Accepts>
bool is_made_of(std::string_view text, Accepts&& accepts) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const Form form = form_of(lead);
        if (form.length == 0 || text.size() - at < form.length) {
            return false;
        }
        char32_t point = lead & form.lead_bits;
        for (std::size_t next = at + 1; next < at + form.length; ++next) {
            const auto byte = static_cast<unsigned char>(text[next]);
            if ((byte & 0xc0) != 0x80) {
                return false;
            }
            point = (point << 6) | (byte & 0x3f);
        }
        if (point < form.least || !is_character(point) || !accepts(point)) {
            return false;
        }
        at += form.length;
    }
    return true;
}

} // namespace

bool is_text(std::string_view text) {
    return is_made_of(text, [](char32_t point) { return point != 0; });
}

bool is_plain_text(std::string_view text) {
    return is_made_of(text, [](char32_t point) { return !is_control(point); });
}

std::size_t characters_in(std::string_view text) {
    const auto begins = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

} // namespace boxoffice::api
