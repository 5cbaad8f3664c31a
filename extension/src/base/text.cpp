#include "base/text.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

namespace boxoffice::text {

namespace {

// ICU has nothing to complain of but missing memory.
void require_success(UErrorCode status) {
    if (U_FAILURE(status))
        throw std::bad_alloc();
}

std::string normalized(const icu::Normalizer2* (*form)(UErrorCode&), const std::string& value) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* const normalizer = form(status);
    require_success(status);
    std::string result;
    icu::StringByteSink<std::string> sink(&result);
    normalizer->normalizeUTF8(0, icu::StringPiece(value.data(), static_cast<int32_t>(value.size())), sink, nullptr,
                              status);
    require_success(status);
    return result;
}

constexpr std::string_view dotless_i = "\u0131";
constexpr std::string_view dot_above = "\u0307";

// A combining mark of the block that has the dot: U+0300 to U+036F.
bool is_mark(std::string_view text) {
    const std::string_view mark = text.substr(0, 2);
    return mark >= "\u0300" && mark <= "\u036F" && mark.size() == 2;
}

// Decomposed text with every dotless i dotted, and without the dots that others have apart from it.
std::string with_one_i(std::string_view decomposed) {
    std::string result;
    bool in_i = false;
    while (!decomposed.empty()) {
        std::size_t length = is_mark(decomposed) || decomposed.substr(0, 2) == dotless_i ? 2 : 1;
        const std::string_view next = decomposed.substr(0, length);
        decomposed.remove_prefix(length);
        if (in_i && next == dot_above)
            continue;
        result += next == dotless_i ? "i" : next;
        in_i = next == "i" || next == dotless_i || (in_i && is_mark(next));
    }
    return result;
}

std::vector<uint64_t> characters_of(const std::string& value) {
    std::vector<uint64_t> characters;
    const auto length = static_cast<int32_t>(value.size());
    for (int32_t at = 0; at < length;) {
        UChar32 character = 0;
        U8_NEXT_OR_FFFD(value.data(), at, length, character);
        characters.push_back(static_cast<uint64_t>(character));
    }
    return characters;
}

// Never changes, because an index is made of these: the finalizer of MurmurHash3.
int32_t mixed(uint64_t neighbours) {
    neighbours ^= neighbours >> 33;
    neighbours *= 0xff51afd7ed558ccdULL;
    neighbours ^= neighbours >> 33;
    neighbours *= 0xc4ceb9fe1a85ec53ULL;
    neighbours ^= neighbours >> 33;
    return static_cast<int32_t>(static_cast<uint32_t>(neighbours));
}

// A character has 21 bits at most and is never 0, so neighbours of different counts differ.
void add_grams(const std::vector<uint64_t>& characters, std::size_t count, std::vector<int32_t>& grams) {
    for (std::size_t last = count; last <= characters.size(); ++last) {
        uint64_t neighbours = 0;
        for (std::size_t i = last - count; i < last; ++i)
            neighbours = neighbours << 21 | characters[i];
        grams.push_back(mixed(neighbours));
    }
}

std::vector<int32_t> each_once(std::vector<int32_t> grams) {
    std::sort(grams.begin(), grams.end());
    grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
    return grams;
}

constexpr std::size_t most_neighbours = 3;

} // namespace

std::string folded(const std::string& value) {
    std::string result = normalized(icu::Normalizer2::getNFKCCasefoldInstance, value);
    if (result.find(dotless_i) == std::string::npos && result.find(dot_above) == std::string::npos)
        return result;
    return normalized(icu::Normalizer2::getNFCInstance,
                      with_one_i(normalized(icu::Normalizer2::getNFDInstance, result)));
}

std::vector<int32_t> grams(const std::string& value) {
    const auto characters = characters_of(value);
    std::vector<int32_t> grams;
    grams.reserve(characters.size() * most_neighbours);
    for (std::size_t count = 1; count <= most_neighbours; ++count)
        add_grams(characters, count, grams);
    return each_once(std::move(grams));
}

std::vector<int32_t> grams_to_find(const std::string& value) {
    const auto characters = characters_of(value);
    std::vector<int32_t> grams;
    add_grams(characters, std::min(characters.size(), most_neighbours), grams);
    return each_once(std::move(grams));
}

} // namespace boxoffice::text
