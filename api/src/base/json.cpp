#include "base/json.h"

#include "base/text.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <set>
#include <vector>

namespace boxoffice::api {

namespace {

// Numbers come as text: what RapidJSON 1.1.0 itself makes of them reads its tables out of bounds, for small ones with a
// fraction at the full precision and for long ones at any.
constexpr unsigned careful =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

template <typename Number>
bool reads_whole(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// Builds the document, and stops the parser where the text is too deep, names a member twice, or holds an escaped half of
// a surrogate pair, a NUL or a number out of range, which the parser itself lets pass.
class Inspector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Inspector> {
public:
    explicit Inspector(rapidjson::Document& document) : document_(document) {}

    bool Null() { return document_.Null(); }
    bool Bool(bool value) { return document_.Bool(value); }
    bool StartObject() { return enter() && document_.StartObject(); }
    bool EndObject(rapidjson::SizeType members) { return leave() && document_.EndObject(members); }
    bool StartArray() { return enter() && document_.StartArray(); }
    bool EndArray(rapidjson::SizeType elements) { return leave() && document_.EndArray(elements); }

    // A whole number stays one as long as 64 bits hold it. Any other is the double that is nearest.
    bool RawNumber(const char* characters, rapidjson::SizeType length, bool) {
        const std::string_view text(characters, length);
        std::int64_t whole = 0;
        std::uint64_t large = 0;
        double real = 0;
        if (reads_whole(text, whole)) {
            return document_.Int64(whole);
        }
        if (reads_whole(text, large)) {
            return document_.Uint64(large);
        }
        return reads_whole(text, real) ? document_.Double(real) : refuse("a number in it is too large or too small");
    }

    bool String(const char* text, rapidjson::SizeType length, bool copy) {
        return is_fit({text, length}) && document_.String(text, length, copy);
    }

    bool Key(const char* name, rapidjson::SizeType length, bool copy) {
        if (!is_fit({name, length})) {
            return false;
        }
        if (!names_.back().emplace(name, length).second) {
            return refuse("the member \"" + std::string(name, length) + "\" is there twice");
        }
        return document_.Key(name, length, copy);
    }

    const std::string& complaint() const { return complaint_; }

private:
    bool refuse(std::string complaint) {
        complaint_ = std::move(complaint);
        return false;
    }

    bool is_fit(std::string_view text) { return is_text(text) || refuse("a text in it is not UTF-8, or has a NUL"); }

    bool enter() {
        if (names_.size() >= json_depth_limit) {
            return refuse("it is deeper than " + std::to_string(json_depth_limit) + " levels");
        }
        names_.emplace_back();
        return true;
    }

    bool leave() {
        names_.pop_back();
        return true;
    }

    rapidjson::Document& document_;
    std::vector<std::set<std::string>> names_;
    std::string complaint_;
};

} // namespace

rapidjson::Document read_json(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        throw BadJson("it has a NUL, behind which nothing would be read (at byte " + std::to_string(text.find('\0')) +
                      ")");
    }
    rapidjson::Document document;
    std::string complaint;
    rapidjson::ParseResult result;
    const auto build = [&](rapidjson::Document& built) {
        rapidjson::MemoryStream stream(text.data(), text.size());
        Inspector inspector(built);
        result = rapidjson::Reader().Parse<careful>(stream, inspector);
        complaint = inspector.complaint();
        return !result.IsError();
    };
    document.Populate(build);
    if (result.IsError()) {
        if (complaint.empty()) {
            complaint = rapidjson::GetParseError_En(result.Code());
        }
        throw BadJson(complaint + " (at byte " + std::to_string(result.Offset()) + ")");
    }
    return document;
}

std::string json_text(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

} // namespace boxoffice::api
