// What the database says of itself: its outcomes, and what its functions are for and answer. Read at every connecting,
// so that an upgraded extension needs no other gateway.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace boxoffice::api {

struct Outcome {
    std::string name;
    std::string sqlstate;
    int http_status = 500;
    bool retryable = false;
    std::string title;
};

struct Column {
    std::string name;
    std::string type;         // as SQL writes it
    std::string comment = {}; // says when it is null; empty: never

    // Whether the function may answer null here although all is well: the comment says so, by `null:` of all functions
    // that answer with this column, or by `null of NAME, NAME:` of some.
    bool may_be_null(std::string_view function) const;
};

struct Function {
    std::string comment;
    std::vector<Column> columns; // of its row; empty: a single value
    std::string value_type;      // of the single value
};

struct Catalogue {
    std::vector<Outcome> outcomes;
    std::map<std::string, Function, std::less<>> functions;

    // The outcome of this name. One that is not known (added after we connected) is final: 409.
    Outcome outcome(std::string_view name) const;
    // The outcome that is raised with this SQLSTATE; null: none.
    const Outcome* raised_as(std::string_view sqlstate) const;
};

// Reads it; throws DatabaseError, among others when the database has no extension boxoffice.
std::shared_ptr<const Catalogue> read_catalogue(PGconn* connection);

} // namespace boxoffice::api
