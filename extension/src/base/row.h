// Between SQL's call and C++: arguments in, one result row or many out.
//
// A result is a struct with columns(), a tie of its members in the order of the SQL type, the outcome first. Attributes
// that a later version of the type adds stay null.
#pragma once

#include "base/outcome.h"
#include "pg/names.h"
#include "pg/spi.h"

namespace boxoffice {

// The arguments of a call, by position; a null one that must not be null raises 22004 with its name.
class Arguments {
public:
    explicit Arguments(FunctionCallInfo function_call) : call(function_call) {}

    template <typename Value>
    Value required(int position, const char* name) const {
        require(position, name);
        return Codec<Value>::from_datum(call->args[position].value);
    }

    void require(int position, const char* name) const {
        if (call->args[position].isnull)
            raise_null(name);
    }

    template <typename Value>
    std::optional<Value> optional(int position) const {
        if (call->args[position].isnull)
            return std::nullopt;
        return Codec<Value>::from_datum(call->args[position].value);
    }

private:
    [[noreturn]] static void raise_null(const char* name);

    FunctionCallInfo call;
};

// The row type that the SQL function returns; runs inside guarded(), must be released.
TupleDesc result_description(FunctionCallInfo call);
// Raises the refusal when the setting asks for it.
void raise_if_asked(Outcome outcome, const std::string& explanation);

// The result as a composite value of the described type; runs inside guarded() and releases the description.
template <typename... Columns>
Datum make_record(TupleDesc description, const std::tuple<Columns&...>& columns) {
    const int known = static_cast<int>(sizeof...(Columns));
    Datum* const values = static_cast<Datum*>(palloc0(sizeof(Datum) * static_cast<std::size_t>(description->natts)));
    bool* const nulls = static_cast<bool*>(palloc0(sizeof(bool) * static_cast<std::size_t>(description->natts)));
    std::apply(
        [&](const auto&... column) {
            const NullableValue encoded[] = {encode(column)...};
            for (int i = 0; i < description->natts; ++i) {
                values[i] = i < known ? encoded[i].value : Datum{0};
                nulls[i] = i < known ? encoded[i].is_null : true;
            }
        },
        columns);
    const Datum record = HeapTupleGetDatum(heap_form_tuple(description, values, nulls));
    ReleaseTupleDesc(description);
    return record;
}

template <typename Result>
Datum record_of(const char* type_name, Result& result) {
    return guarded([&] { return make_record(description_of(type_name), result.columns()); });
}

template <typename Result>
Datum return_row(FunctionCallInfo call, Result result) {
    if (result.outcome != Outcome::ok)
        raise_if_asked(result.outcome, result.explanation());
    return guarded([&] { return make_record(result_description(call), result.columns()); });
}

// Fills a result from a row that holds the same columns.
template <typename Result>
Result result_from(const spi::Row& row) {
    Result result;
    std::apply(
        [&](auto&... column) { std::tie(column...) = row.columns<std::remove_reference_t<decltype(column)>...>(); },
        result.columns());
    return result;
}

// An operation's whole answer when the outcome says it all.
struct OutcomeResult {
    Outcome outcome = Outcome::ok;
    bool repeated = false; // it was so before: nothing was written
    auto columns() { return std::tie(outcome); }
    std::string explanation() const { return ""; }
};

// Runs one operation in a session of its own and returns its row, which outlives the session.
template <typename Operation>
Datum answer(FunctionCallInfo call, Operation&& operation) {
    auto result = [&] {
        const spi::Session session;
        return operation();
    }();
    return return_row(call, std::move(result));
}

// Calls boxoffice.<name> with the same arguments, with its rights and its search_path, whoever may call it; it returns the
// same type, and no null.
Datum go_on_to(FunctionCallInfo call, const char* name);

// Returns every row; for functions that return a set. Needs the session that the rows came from.
Datum return_rows(FunctionCallInfo call, const spi::Rows& rows);
// The first row behind the outcome ok, in memory that outlives the session it came from; nothing when there is none.
std::optional<Datum> found_row(FunctionCallInfo call, const spi::Rows& rows);

// Runs a reading operation and returns its first row, or not_found.
template <typename Operation>
Datum return_found(FunctionCallInfo call, Operation&& operation) {
    const auto found = [&] {
        const spi::Session session;
        return found_row(call, operation());
    }();
    return found ? *found : return_row(call, OutcomeResult{Outcome::not_found});
}

} // namespace boxoffice
