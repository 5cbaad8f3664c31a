#include "base/row.h"

namespace boxoffice {

void Arguments::raise_null(const char* name) {
    throw Failure{ERRCODE_NULL_VALUE_NOT_ALLOWED, std::string(name) + " must not be null", "",
                  std::string("Pass a value for ") + name + "."};
}

TupleDesc result_description(FunctionCallInfo call) {
    return lookup_rowtype_tupdesc(get_func_rettype(call->flinfo->fn_oid), -1);
}

void raise_if_asked(Outcome outcome, const std::string& explanation) {
    if (raise_refusals)
        throw refusal(outcome, explanation);
}

namespace {

// The server trusts that a row is what it is said to be and crashes when it is not; so a statement whose columns do not
// match the declared type, or one that is made of it, must end here. Columns that a later version of the type has added may be missing.
void check_columns(TupleDesc given, TupleDesc declared, int offset) {
    bool match = given->natts + offset <= declared->natts;
    for (int i = 0; match && i < given->natts; ++i)
        match = getBaseType(TupleDescAttr(given, i)->atttypid) == TupleDescAttr(declared, i + offset)->atttypid;
    if (!match)
        elog(ERROR, "boxoffice has a statement whose columns do not match its result type");
}

} // namespace

Datum go_on_to(FunctionCallInfo call, const char* name) {
    return guarded([&] {
        FmgrInfo function;
        fmgr_info(function_oid(name), &function);
        auto* const next = static_cast<FunctionCallInfo>(palloc0(SizeForFunctionCallInfo(call->nargs)));
        InitFunctionCallInfoData(*next, &function, call->nargs, InvalidOid, nullptr, nullptr);
        for (int i = 0; i < call->nargs; ++i)
            next->args[i] = call->args[i];
        const Datum result = FunctionCallInvoke(next);
        if (next->isnull)
            elog(ERROR, "function boxoffice.%s returned null", name);
        return result;
    });
}

Datum return_rows(FunctionCallInfo call, const spi::Rows& rows) {
    guarded([&] {
        InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
        const auto* const info = reinterpret_cast<ReturnSetInfo*>(call->resultinfo);
        check_columns(rows.description(), info->setDesc, 0);
        for (uint64_t i = 0; i < rows.size(); ++i)
            tuplestore_puttuple(info->setResult, rows[i].raw());
    });
    call->isnull = true;
    return Datum{0};
}

std::optional<Datum> found_row(FunctionCallInfo call, const spi::Rows& rows) {
    if (rows.empty())
        return std::nullopt;
    return guarded([&] {
        const TupleDesc declared = result_description(call);
        const TupleDesc given = rows.description();
        check_columns(given, declared, 1);
        Datum* const values = static_cast<Datum*>(palloc0(sizeof(Datum) * static_cast<std::size_t>(declared->natts)));
        bool* const nulls = static_cast<bool*>(palloc0(sizeof(bool) * static_cast<std::size_t>(declared->natts)));
        values[0] = Codec<Outcome>::to_datum(Outcome::ok);
        heap_deform_tuple(rows[0].raw(), given, values + 1, nulls + 1);
        for (int i = given->natts + 1; i < declared->natts; ++i)
            nulls[i] = true;
        // the row must outlive the SPI session
        const Datum record = PointerGetDatum(SPI_returntuple(heap_form_tuple(declared, values, nulls), declared));
        ReleaseTupleDesc(declared);
        return record;
    });
}

} // namespace boxoffice
