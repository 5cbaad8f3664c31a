#include "pg/spi.h"

namespace boxoffice::spi {

Session::Session(Kind kind) {
    guarded([&] {
        if (SPI_connect_ext(kind == Kind::with_commits ? SPI_OPT_NONATOMIC : 0) != SPI_OK_CONNECT)
            elog(ERROR, "boxoffice could not connect to SPI");
    });
}

Session::~Session() {
    // after an error the abort of the transaction ends the connection; SPI_finish itself cannot fail while connected
    if (std::uncaught_exceptions() == exceptions_at_start)
        SPI_finish();
}

void Session::commit() {
    guarded([] { SPI_commit(); });
}

FreshSnapshot::FreshSnapshot()
    : snapshot(guarded([] { return RegisterSnapshot(GetLatestSnapshot()); })), owner(CurrentResourceOwner) {}

FreshSnapshot::~FreshSnapshot() {
    // after an error the resource owner releases it
    if (std::uncaught_exceptions() == exceptions_at_start)
        UnregisterSnapshotFromOwner(snapshot, owner);
}

SPIPlanPtr prepare_kept(const char* sql, int parameters, Oid* types) {
    const SPIPlanPtr plan = SPI_prepare_cursor(sql, parameters, types, CURSOR_OPT_GENERIC_PLAN);
    if (plan == nullptr)
        elog(ERROR, "boxoffice could not prepare: %s", SPI_result_code_string(SPI_result));
    if (SPI_keepplan(plan) != 0)
        elog(ERROR, "boxoffice could not keep a plan");
    return plan;
}

void plan_kept(SPIPlanPtr plan) {
    CachedPlan* const planned = SPI_plan_get_cached_plan(plan);
    if (planned != nullptr)
        ReleaseCachedPlan(planned, CurrentResourceOwner);
}

void execute_kept(SPIPlanPtr plan, Datum* values, const char* nulls, Snapshot snapshot, bool read_only) {
    const int result = SPI_execute_snapshot(plan, values, nulls, snapshot, InvalidSnapshot, read_only, true, 0);
    if (result < 0)
        elog(ERROR, "boxoffice could not run a statement: %s", SPI_result_code_string(result));
}

} // namespace boxoffice::spi
