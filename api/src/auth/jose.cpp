#include "auth/jose.h"

#include <new>

namespace boxoffice::api {

namespace {

// What a character of base64url stands for; -1 for any other character.
int sextet_of(char character) {
    if (character >= 'A' && character <= 'Z') {
        return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
        return character - '0' + 52;
    }
    if (character == '-') {
        return 62;
    }
    return character == '_' ? 63 : -1;
}

} // namespace

std::optional<std::string> base64url_bytes(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    unsigned bits = 0;
    int bit_count = 0;
    for (const char character : text) {
        const int sextet = sextet_of(character);
        if (sextet < 0) {
            return std::nullopt;
        }
        bits = (bits << 6) | static_cast<unsigned>(sextet);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes.push_back(static_cast<char>((bits >> bit_count) & 0xff));
            bits &= (1U << bit_count) - 1;
        }
    }
    if (bit_count == 6 || bits != 0) {
        return std::nullopt;
    }
    return bytes;
}

std::string base64url_text(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    unsigned bits = 0;
    int bit_count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(byte);
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            text.push_back(alphabet[(bits >> bit_count) & 0x3f]);
        }
        bits &= (1U << bit_count) - 1;
    }
    if (bit_count > 0) {
        text.push_back(alphabet[(bits << (6 - bit_count)) & 0x3f]);
    }
    return text;
}

} // namespace boxoffice::api
