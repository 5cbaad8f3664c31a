// The back office over HTTP: one request per call.
#include "http_back_office.h"

#include <initializer_list>
#include <utility>

#include "base/json.h"
#include "sales.h"

namespace boxoffice::crowd {
namespace {

using Texts = std::initializer_list<std::pair<const char*, const std::string&>>;
using Integers = std::initializer_list<std::pair<const char*, std::int64_t>>;

// An object with these members; a number 0 is left out.
std::string object(Texts texts, Integers integers = {}) {
    rapidjson::StringBuffer buffer;
    api::JsonWriter writer(buffer);
    writer.StartObject();
    for (const auto& [name, text] : texts) {
        writer.Key(name);
        writer.String(text);
    }
    for (const auto& [name, integer] : integers) {
        if (integer != 0) {
            writer.Key(name);
            writer.Int64(integer);
        }
    }
    writer.EndObject();
    return buffer.GetString();
}

} // namespace

// These take no key. The box office asks to be asked again where nothing was done, or, seldom, where that is not known: then a
// second venue is in nobody's way, and a second plan is refused.
std::int64_t HttpBackOffice::make(const std::string& path, const std::string& body, const char* made) {
    const HttpRow row = box_office_.ask({.method = "POST", .path = path, .user = administrator, .body = body});
    const std::int64_t number = row.integer(made);
    if (number == 0) {
        throw CallFailed("POST " + path + " made nothing: " + row.text("detail"), "", false);
    }
    return number;
}

std::int64_t HttpBackOffice::create_venue(const std::string& name) {
    return make("/v1/venues", object({{"name", name}}), "venue_id");
}

std::int64_t HttpBackOffice::create_event(const std::string& title, std::int64_t venue_id) {
    return make("/v1/events", object({{"title", title}}, {{"venue_id", venue_id}}), "event_id");
}

std::int64_t HttpBackOffice::create_queue(const std::string& name, const QueueRules& rules) {
    return make("/v1/queues",
                object({{"name", name},
                        {"active_for", rules.active_for},
                        {"claim_for", rules.claim_for},
                        {"idle_for", rules.idle_for}},
                       {{"max_active", rules.max_active}}),
                "queue_id");
}

std::int64_t HttpBackOffice::create_slot(std::int64_t event_id, const std::string& starts_at,
                                         const std::string& hold_for, std::int64_t queue_id) {
    return make("/v1/events/" + std::to_string(event_id) + "/slots",
                object({{"starts_at", starts_at}, {"hold_for", hold_for}}, {{"queue_id", queue_id}}), "slot_id");
}

std::int64_t HttpBackOffice::add_seating_plan(std::int64_t slot_id, const std::string& plan,
                                              const std::string& prices) {
    return make("/v1/slots/" + std::to_string(slot_id) + "/seating-plan",
                "{\"plan\":" + plan + ",\"prices\":" + prices + "}", "seats_added");
}

} // namespace boxoffice::crowd
