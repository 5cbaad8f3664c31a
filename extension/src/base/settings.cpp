#include "base/settings.h"

#include "base/outcome.h"
#include "pg/boundary.h"
#include "pg/clock.h"

namespace boxoffice::settings {

namespace {

// Far enough for every test, and no sum of instants comes near an overflow.
constexpr Duration longest{36525 * USECS_PER_DAY};

char* clock_offset_text = nullptr;
char* outbox_keep_text = nullptr;
int64_t outbox_keep_microseconds = 0;
int pool_stripes_wanted = 32;
char* currency_text = nullptr;
char* database_text = nullptr;

// Check hooks are called by the server, so nothing may leave them but true or false.

// Nothing where it is none.
std::optional<Interval> read_interval(const char* text) {
    try {
        return guarded([&] {
            return *DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
                                                          ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
        });
    } catch (const PostgresError& error) {
        FreeErrorData(error.data);
        return std::nullopt;
    }
}

// An interval of at most 100 years, in microseconds, a day as 24 hours; negative only where that has a meaning.
bool check_interval(char** value, void** extra, bool may_be_negative) {
    const std::optional<Interval> interval = read_interval(*value);
    if (!interval) {
        GUC_check_errdetail("It must be an interval, for example '5 minutes'.");
        return false;
    }
    const auto duration = duration_of(*interval);
    if (!duration) {
        GUC_check_errdetail("It must not be in months or years, whose length depends on the date.");
        GUC_check_errhint("Write days, which count as 24 hours, or hours.");
        return false;
    }
    if (*duration > longest || *duration < Duration{-longest.microseconds}) {
        GUC_check_errdetail("It must be within 36525 days.");
        return false;
    }
    if (*duration < Duration{0} && !may_be_negative) {
        GUC_check_errdetail("It must not be negative.");
        return false;
    }
    auto* const microseconds = static_cast<int64_t*>(allocate_for_setting(sizeof(int64_t)));
    if (microseconds == nullptr)
        return false;
    *microseconds = duration->microseconds;
    *extra = microseconds;
    return true;
}

bool check_clock_offset(char** value, void** extra, GucSource) { return check_interval(value, extra, true); }
bool check_outbox_keep(char** value, void** extra, GucSource) { return check_interval(value, extra, false); }

void assign_clock_offset(const char*, void* extra) { clock::offset_microseconds = *static_cast<int64_t*>(extra); }
void assign_outbox_keep(const char*, void* extra) { outbox_keep_microseconds = *static_cast<int64_t*>(extra); }

bool check_currency(char** value, void**, GucSource) {
    const std::string_view code = *value;
    bool valid = code.size() == 3;
    for (const char letter : code)
        valid = valid && letter >= 'A' && letter <= 'Z';
    if (!valid)
        GUC_check_errdetail("It must be an ISO 4217 code of three capital letters, for example EUR.");
    return valid;
}

} // namespace

std::string currency() { return currency_text; }
std::string database() { return database_text; }
const char* database_name() { return database_text; }
int64_t outbox_keep() { return outbox_keep_microseconds; }
int32_t pool_stripes() { return pool_stripes_wanted; }

void define() {
    DefineCustomStringVariable("boxoffice.clock_offset", "Shifts the clock of every rule; for tests.",
                               "An interval added to the wall clock; a day counts as 24 hours.", &clock_offset_text,
                               "0", PGC_SUSET, 0, check_clock_offset, assign_clock_offset, nullptr);
    DefineCustomStringVariable("boxoffice.currency", "ISO 4217 code of the currency of all amounts.",
                               "Amounts are integers in its minor units.", &currency_text, "EUR", PGC_SUSET, 0,
                               check_currency, nullptr, nullptr);
    DefineCustomBoolVariable("boxoffice.raise_refusals", "Turns every refusal into an ERROR.",
                             "For callers who want their own transaction to abort; the SQLSTATE is that of "
                             "boxoffice.outcome.",
                             &raise_refusals, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("boxoffice.outbox_keep", "How long changes are kept for relays that are away.",
                               "An interval; a day counts as 24 hours. With 0 no change is written to the outbox.",
                               &outbox_keep_text, "1 day", PGC_SUSET, 0, check_outbox_keep, assign_outbox_keep,
                               nullptr);
    DefineCustomIntVariable(
        "boxoffice.pool_stripes", "Into how many rows what is left of a pool or a coupon is split at most.",
        "Read when one is made or its capacity changes: about as many as connections sell at once.",
        &pool_stripes_wanted, pool_stripes_wanted, 1, 1024, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("boxoffice.database", "The database that the background worker serves.", "Empty: none.",
                               &database_text, "postgres", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
}

} // namespace boxoffice::settings
