// Entry points: what the house does in the middle of a sale. Arguments in, one value or one row out.

#include "base/row.h"
#include "sale/feed.h"
#include "sale/report.h"
#include "sale/seat_block.h"
#include "sale/seat_price.h"

namespace boxoffice::functions {

Datum block_seats(FunctionCallInfo call) {
    const Arguments arguments(call);
    const seat_block::BlockRequest request{arguments.required<int64_t>(0, "slot_id"),
                                           arguments.required<SeatIds>(1, "seat_ids"),
                                           arguments.required<bool>(2, "blocked"), arguments.optional<std::string>(3)};
    return answer(call, [&] { return seat_block::block(request); });
}

Datum list_blocked_seats(FunctionCallInfo call) {
    const auto slot_id = Arguments(call).required<int64_t>(0, "slot_id");
    const spi::Session session;
    return return_rows(call, seat_block::list(slot_id));
}

Datum set_seat_prices(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    const auto prices = arguments.required<JsonDatum>(1, "prices");
    const auto seat_ids = arguments.optional<SeatIds>(2);
    const spi::Session session;
    return Int32GetDatum(seat_price::set(slot_id, prices, seat_ids));
}

Datum next_sales(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto after = arguments.optional<std::string>(0);
    const auto max_rows = arguments.required<int32_t>(1, "max_rows");
    const spi::Session session;
    return return_rows(call, sale_feed::next(after, max_rows));
}

Datum sales_report(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.optional<int64_t>(0);
    const auto event_id = arguments.optional<int64_t>(1);
    const spi::Session session;
    return return_rows(call, boxoffice::sales_report::read(slot_id, event_id));
}

// An id that the transaction has already when it has locked what it sells.
Datum selling_transaction(FunctionCallInfo) {
    return FullTransactionIdGetDatum(guarded([] { return GetTopFullTransactionId(); }));
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(block_seats)
BOXOFFICE_FUNCTION(list_blocked_seats)
BOXOFFICE_FUNCTION(set_seat_prices)
BOXOFFICE_FUNCTION(next_sales)
BOXOFFICE_FUNCTION(sales_report)
BOXOFFICE_FUNCTION(selling_transaction)
