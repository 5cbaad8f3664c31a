#include "routes/request.h"

#include "answers/answer.h"
#include "base/text.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

std::string percent_decoded(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            const int high = at + 2 < text.size() ? hexadecimal(text[at + 1]) : -1;
            const int low = high >= 0 ? hexadecimal(text[at + 2]) : -1;
            if (low < 0) {
                throw Problem(400, "a % in the address is not followed by two hexadecimal digits");
            }
            decoded.push_back(static_cast<char>(high * 16 + low));
            at += 2;
        } else {
            decoded.push_back(plus_is_space && text[at] == '+' ? ' ' : text[at]);
        }
    }
    if (decoded.find('\0') != std::string::npos) {
        throw Problem(400, "the address has the character NUL (%00) in it, which no text here may have");
    }
    if (!is_text(decoded)) {
        throw Problem(400, "the address is not UTF-8");
    }
    return decoded;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string encoded;
    for (const char character : text) {
        if (plain.find(character) != std::string_view::npos) {
            encoded.push_back(character);
        } else {
            const auto byte = static_cast<unsigned char>(character);
            encoded += {'%', digits[byte / 16], digits[byte % 16]};
        }
    }
    return encoded;
}

Pairs read_query(std::string_view text) {
    Pairs pairs;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        pairs.emplace_back(percent_decoded(pair.substr(0, equals), true),
                           equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1), true));
    }
    return pairs;
}

} // namespace boxoffice::api
