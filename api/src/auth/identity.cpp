#include "auth/identity.h"

#include "auth/jose.h"
#include "auth/key_set.h"
#include "auth/signing.h"
#include "base/configuration_error.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace boxoffice::api {

namespace {

constexpr std::size_t user_limit_bytes = 255;
constexpr int queue_priority_most = 3;
constexpr double time_limit_seconds = 9007199254740992.0; // 2^53: up to here a double is exact to the second
constexpr std::int64_t lifetime_limit_seconds = 10LL * 365 * 24 * 60 * 60;
constexpr const char* administrator_role = "boxoffice_admin";

// Whether the text can be a user's name.
bool is_user(const std::string& text) {
    return !text.empty() && text.size() <= user_limit_bytes && is_plain_text(text);
}

// The parts of a compact JWS, as the bytes they stand for. The third, the signature, is libcjose's affair.
struct Parts {
    std::string header;
    std::string claims;
};

// Takes a compact JWS apart. Throws BadToken unless it is three parts of strict base64url, none of them empty.
Parts parts_of(std::string_view token) {
    if (token.size() > KeyRing::token_limit_characters) {
        throw BadToken("the token is longer than " + std::to_string(KeyRing::token_limit_characters) + " characters");
    }
    std::array<std::string, 3> parts;
    std::string_view rest = token;
    for (std::size_t number = 0; number < parts.size(); ++number) {
        const std::size_t end = number + 1 < parts.size() ? rest.find('.') : rest.size();
        const auto bytes =
            end == std::string_view::npos || end == 0 ? std::nullopt : base64url_bytes(rest.substr(0, end));
        if (!bytes) { // a fourth part shows itself by the dot in the third
            throw BadToken("the token is not three parts in base64url, joined by dots");
        }
        parts[number] = *bytes;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {std::move(parts[0]), std::move(parts[1])};
}

// A part as a JSON object. What the parser complains of may quote the token and is not passed on.
rapidjson::Document object_of(std::string_view text, const std::string& part) {
    rapidjson::Document document;
    try {
        document = read_json(text);
    } catch (const BadJson&) {
        throw BadToken("the " + part + " of the token is no JSON, or names a member twice");
    }
    if (!document.IsObject()) {
        throw BadToken("the " + part + " of the token is no JSON object");
    }
    return document;
}

// The member of that name; null where there is none.
const rapidjson::Value* member(const rapidjson::Value& object, const char* name) {
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() ? nullptr : &found->value;
}

// The string of that name, if it is there. Throws BadToken when it is anything but a string.
std::optional<std::string> text_member(const rapidjson::Value& object, const char* name) {
    const rapidjson::Value* value = member(object, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->IsString()) {
        throw BadToken(std::string("the token's ") + name + " is no string");
    }
    return std::string(value->GetString(), value->GetStringLength());
}

// A time of the token, if it is there, rounded up to a whole second: as the clock has whole seconds, "before" and "not
// before" come out the same.
std::optional<std::int64_t> time_claim(const rapidjson::Value& claims, const char* name) {
    const rapidjson::Value* value = member(claims, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->IsNumber()) {
        throw BadToken(std::string("the token's ") + name + " is no number");
    }
    const double seconds = value->GetDouble();
    if (!(std::abs(seconds) <= time_limit_seconds)) {
        throw BadToken(std::string("the token's ") + name + " is out of range");
    }
    return static_cast<std::int64_t>(std::ceil(seconds));
}

// Refuses a token that somebody else has made.
void check_issuer(const rapidjson::Value& claims, const std::string& issuer) {
    const std::optional<std::string> from = text_member(claims, "iss");
    if (!issuer.empty() && from != issuer) {
        throw BadToken("the token's iss is not the issuer that is trusted here");
    }
}

// Refuses a token that is meant for somebody else.
void check_audience(const rapidjson::Value& claims, const std::string& audience) {
    const rapidjson::Value* value = member(claims, "aud");
    bool found = false;
    const auto look_at = [&](const rapidjson::Value& each) {
        if (!each.IsString()) {
            throw BadToken("the token's aud is neither a string nor a list of strings");
        }
        found = found || std::string_view(each.GetString(), each.GetStringLength()) == audience;
    };
    if (value != nullptr && value->IsArray()) {
        std::for_each(value->Begin(), value->End(), look_at);
    } else if (value != nullptr) {
        look_at(*value);
    }
    if (!audience.empty() && !found) {
        throw BadToken("the token's aud does not name this service");
    }
}

// The names on the way to a claim. One with a slash, as a URI has it, is a name as it is, dots and all.
std::vector<std::string> path_of(const std::string& claim) {
    if (claim.find('/') != std::string::npos) {
        return {claim};
    }
    std::vector<std::string> names(1);
    for (const char character : claim) {
        if (character == '.') {
            names.emplace_back();
        } else {
            names.back().push_back(character);
        }
    }
    return names;
}

// Whether the claims name the role of administrators: alone, or in a list. Claims that are something else name none.
bool is_administrator(const rapidjson::Value& claims, const std::string& role_claim) {
    const rapidjson::Value* value = &claims;
    for (const std::string& name : path_of(role_claim)) {
        value = value->IsObject() ? member(*value, name.c_str()) : nullptr;
        if (value == nullptr) {
            return false;
        }
    }
    const auto is_the_role = [](const rapidjson::Value& each) {
        return each.IsString() && std::string_view(each.GetString(), each.GetStringLength()) == administrator_role;
    };
    return value->IsArray() ? std::any_of(value->Begin(), value->End(), is_the_role) : is_the_role(*value);
}

// What the claims say of the user.
Identity identity_of(const rapidjson::Value& claims, const TokenRules& rules) {
    Identity identity;
    const std::optional<std::int64_t> expires_at = time_claim(claims, "exp");
    if (!expires_at) {
        throw BadToken("the token has no exp");
    }
    identity.expires_at = *expires_at + rules.leeway_seconds;
    if (const std::optional<std::int64_t> valid_from = time_claim(claims, "nbf")) {
        identity.valid_from = *valid_from - rules.leeway_seconds;
    }

    identity.user = text_member(claims, "sub").value_or("");
    if (!is_user(identity.user)) {
        throw BadToken("the token's sub is not 1 to 255 bytes of UTF-8 without control characters");
    }
    identity.administrator = is_administrator(claims, rules.role_claim);
    if (const rapidjson::Value* priority = member(claims, "queue_priority")) {
        if (!priority->IsInt() || priority->GetInt() < 0 || priority->GetInt() > queue_priority_most) {
            throw BadToken("the token's queue_priority is no integer from 0 to 3");
        }
        identity.queue_priority = priority->GetInt();
    }
    return identity;
}

// The claims as the text that is signed.
std::string claims_text(const Claims& claims, const TokenRules& rules, std::int64_t now_seconds) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    const auto text = [&writer](const char* name, const std::string& value) {
        writer.Key(name);
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    const auto number = [&writer](const char* name, std::int64_t value) {
        writer.Key(name);
        writer.Int64(value);
    };
    writer.StartObject();
    text("sub", claims.user);
    if (!rules.issuer.empty()) {
        text("iss", rules.issuer);
    }
    if (!rules.audience.empty()) {
        text("aud", rules.audience);
    }
    number("iat", now_seconds);
    number("exp", now_seconds + claims.lifetime_seconds);
    if (claims.role) {
        const std::vector<std::string> path = path_of(rules.role_claim);
        for (std::size_t at = 0; at + 1 < path.size(); ++at) {
            writer.Key(path[at].c_str());
            writer.StartObject();
        }
        text(path.back().c_str(), *claims.role);
        for (std::size_t at = 0; at + 1 < path.size(); ++at) {
            writer.EndObject();
        }
    }
    if (claims.queue_priority) {
        number("queue_priority", *claims.queue_priority);
    }
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

} // namespace

void require_current(const Identity& identity, std::int64_t now_seconds) {
    if (now_seconds >= identity.expires_at) {
        throw BadToken("the token has expired");
    }
    if (now_seconds < identity.valid_from) {
        throw BadToken("the token is not valid yet");
    }
}

KeyRing::KeyRing(KeySet set, TokenRules rules)
    : keys_(std::move(set.keys)), ignored_(std::move(set.ignored)), rules_(std::move(rules)) {}
KeyRing::KeyRing(KeyRing&&) noexcept = default;
KeyRing& KeyRing::operator=(KeyRing&&) noexcept = default;
KeyRing::~KeyRing() = default;

KeyRing KeyRing::load(const std::string& path, TokenRules rules) { return {load_key_set(path), std::move(rules)}; }

// The key that the token's header names. libcjose would follow the header's alg and pass over crit and b64: everything
// that could change what the signature means is refused here, before it is asked.
const Key& KeyRing::key_for(std::string_view header_text) const {
    const rapidjson::Document header = object_of(header_text, "header");
    if (member(header, "crit") != nullptr) {
        throw BadToken("the token's header has crit, and no extension is taken here");
    }
    if (const rapidjson::Value* encoded = member(header, "b64"); encoded != nullptr && !encoded->IsTrue()) {
        throw BadToken("the token's header has a b64 other than true");
    }
    const std::optional<std::string> id = text_member(header, "kid");
    if (!id && keys_.size() > 1) {
        throw BadToken("the token's header has no kid, and there is more than one key");
    }
    const auto key = std::find_if(keys_.begin(), keys_.end(), [&id](const Key& each) { return !id || each.id == *id; });
    if (key == keys_.end()) {
        throw UnknownKey("the token's kid names no key that is trusted here");
    }
    if (text_member(header, "alg") != key->algorithm) {
        throw BadToken("the token's alg is not that of its key");
    }
    return *key;
}

Identity KeyRing::verify(std::string_view token, std::int64_t now_seconds) const {
    const Parts parts = parts_of(token);
    const Key& key = key_for(parts.header);
    if (!has_signed(key, token)) {
        // Where tokens do not say which key is theirs, the only one may be another by now.
        if (member(object_of(parts.header, "header"), "kid") == nullptr) {
            throw UnknownKey("the token's signature is wrong");
        }
        throw BadToken("the token's signature is wrong");
    }
    const rapidjson::Document claims = object_of(parts.claims, "claims part");
    check_issuer(claims, rules_.issuer);
    check_audience(claims, rules_.audience);
    Identity identity = identity_of(claims, rules_);
    require_current(identity, now_seconds);
    return identity;
}

std::string KeyRing::mint(const Claims& claims, std::int64_t now_seconds) const {
    const auto key = std::find_if(keys_.begin(), keys_.end(), [](const Key& each) { return each.signs; });
    if (key == keys_.end()) {
        throw ConfigurationError("no key of the key set can sign; add one with its private part");
    }
    if (claims.lifetime_seconds < 1 || claims.lifetime_seconds > lifetime_limit_seconds) {
        throw std::invalid_argument("a token is made for 1 second to 10 years");
    }
    if (!is_user(claims.user)) {
        throw std::invalid_argument("a user is 1 to 255 bytes of UTF-8 without control characters");
    }
    std::string token = signed_token(*key, claims_text(claims, rules_, now_seconds));
    try {
        verify(token, now_seconds);
    } catch (const BadToken& bad) {
        throw std::invalid_argument(std::string("no such token can be made: ") + bad.what());
    }
    return token;
}

} // namespace boxoffice::api
