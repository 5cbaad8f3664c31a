#include "openapi/outcomes_page.h"

namespace boxoffice::api {

namespace {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        switch (character) {
        case '<':
            result += "&lt;";
            break;
        case '&':
            result += "&amp;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

} // namespace

std::string outcomes_page(const Catalogue& catalogue) {
    std::string page =
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Outcomes</title><h1>Outcomes</h1><table>"
        "<tr><th>outcome<th>status<th>try again<th>what it says";
    for (const Outcome& outcome : catalogue.outcomes) {
        page += "\n<tr id=\"" + escaped(outcome.name) + "\"><td>" + escaped(outcome.name) + "<td>" +
                std::to_string(outcome.http_status) + "<td>" + (outcome.retryable ? "yes" : "no") + "<td>" +
                escaped(outcome.title);
    }
    return page + "\n</table></html>\n";
}

} // namespace boxoffice::api
