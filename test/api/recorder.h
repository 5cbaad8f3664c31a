// For tests of calls: respondents that note what they are told, a catalogue as a database would give it, and rows as
// libpq would.
#pragma once

#include "base/database.h"
#include "base/database_catalogue.h"
#include "lanes/call.h"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boxoffice::api::testing {

// What the respondents that it gives out are told; it may be asked and told by several threads.
class Recorder {
public:
    struct Entry {
        std::vector<Answer> answers;
        std::vector<std::string> lanes; // of the answers
        int gone = 0;                   // respondents of this name that exist no more
    };

    std::unique_ptr<Respondent> respondent(const std::string& name) { return std::make_unique<Noting>(*this, name); }

    // What the respondent of this name was told so far.
    Entry of(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(name);
        return found == entries_.end() ? Entry() : found->second;
    }

private:
    class Noting final : public Respondent {
    public:
        Noting(Recorder& recorder, std::string name) : recorder_(recorder), name_(std::move(name)) {}
        ~Noting() override {
            const std::lock_guard lock(recorder_.mutex_);
            ++recorder_.entries_[name_].gone;
        }

        void answer(Answer answer, std::string_view lane) override {
            const std::lock_guard lock(recorder_.mutex_);
            Entry& entry = recorder_.entries_[name_];
            entry.answers.push_back(std::move(answer));
            entry.lanes.emplace_back(lane);
        }

        std::string_view request_id() const override { return name_; }

    private:
        Recorder& recorder_;
        std::string name_;
    };

    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

// The row of the table of routes that calls this function.
inline const Route& route_of(std::string_view function) {
    for (const Route& route : routes()) {
        if (route.function == function) {
            return route;
        }
    }
    throw std::out_of_range(std::string(function));
}

// Some outcomes as the database has them.
inline Catalogue small_catalogue() {
    Catalogue catalogue;
    catalogue.outcomes = {{"ok", "00000", 200, false, "Done."},
                          {"seat_taken", "TK001", 409, false, "A seat is held or sold."},
                          {"seat_busy", "TK002", 409, true, "Another call is changing this at this instant."},
                          {"queue_full", "TK008", 429, true, "The queue takes no more people at this moment."},
                          {"insufficient_balance", "TK014", 402, false, "The balance is too small."},
                          {"not_found", "TK016", 404, false, "There is no such thing."}};
    return catalogue;
}

// The columns of a result by name and type number, and the fields of its rows.
using Columns = std::vector<std::pair<std::string, Oid>>;
using Rows = std::vector<std::vector<Value>>;

// A result as libpq makes it from what a server sends as text.
inline Result result_of(Columns columns, const Rows& rows) {
    Result result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK));
    std::vector<PGresAttDesc> descriptions;
    for (auto& [name, type] : columns) {
        PGresAttDesc description{};
        description.name = name.data();
        description.typid = type;
        descriptions.push_back(description);
    }
    PQsetResultAttrs(result.get(), static_cast<int>(descriptions.size()), descriptions.data());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            Value field = rows[row].at(column);
            PQsetvalue(result.get(), static_cast<int>(row), static_cast<int>(column), field ? field->data() : nullptr,
                       field ? static_cast<int>(field->size()) : -1);
        }
    }
    return result;
}

} // namespace boxoffice::api::testing
