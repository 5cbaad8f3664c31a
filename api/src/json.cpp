#include "json.h"

#include "text.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <set>
#include <vector>

namespace boxoffice::api {

namespace {

constexpr unsigned careful =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;

// Follows the parser through the text and stops it where it is too deep, names a member twice, or holds an escaped half
// of a surrogate pair or a NUL, which the parser itself lets pass.
class Inspector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Inspector> {
public:
    bool StartObject() { return enter(); }
    bool EndObject(rapidjson::SizeType) { return leave(); }
    bool StartArray() { return enter(); }
    bool EndArray(rapidjson::SizeType) { return leave(); }

    bool String(const char* text, rapidjson::SizeType length, bool) {
        if (!is_text({text, length})) {
            complaint_ = "a text in it is not UTF-8, or has a NUL";
            return false;
        }
        return true;
    }

    bool Key(const char* name, rapidjson::SizeType length, bool copy) {
        if (!String(name, length, copy)) {
            return false;
        }
        if (!names_.back().emplace(name, length).second) {
            complaint_ = "the member \"" + std::string(name, length) + "\" is there twice";
            return false;
        }
        return true;
    }

    const std::string& complaint() const { return complaint_; }

private:
    bool enter() {
        if (names_.size() >= json_depth_limit) {
            complaint_ = "it is deeper than " + std::to_string(json_depth_limit) + " levels";
            return false;
        }
        names_.emplace_back();
        return true;
    }

    bool leave() {
        names_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> names_;
    std::string complaint_;
};

} // namespace

// In two passes: the first keeps nothing but names, so that what is too deep is never built.
rapidjson::Document read_json(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        throw BadJson("it has a NUL, behind which nothing would be read");
    }
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    Inspector inspector;
    const rapidjson::ParseResult result = reader.Parse<careful>(stream, inspector);
    if (result.IsError()) {
        std::string why = inspector.complaint();
        if (why.empty()) {
            why = rapidjson::GetParseError_En(result.Code());
        }
        throw BadJson(why + " (at byte " + std::to_string(result.Offset()) + ")");
    }
    rapidjson::Document document;
    document.Parse<careful>(text.data(), text.size());
    return document;
}

std::string json_text(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

} // namespace boxoffice::api
