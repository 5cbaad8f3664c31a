#include "hall/seat_states.h"

namespace boxoffice::seat_states {

namespace {

constinit spi::Plan<int64_t> last_seat{
    "SELECT coalesce((SELECT seat_id FROM boxoffice.seat WHERE slot_id = $1 ORDER BY seat_id DESC LIMIT 1), 0)"
    " FROM boxoffice.slot WHERE slot_id = $1"};

// 0, which is free, is what is not found.
constinit spi::Plan<int64_t, Time> not_free{
    "SELECT seat_id, CASE WHEN sold THEN 2 WHEN held_until > $2 THEN 1 ELSE 3 END FROM boxoffice.seat"
    " WHERE slot_id = $1 AND (sold OR blocked OR held_until > $2)"};

constexpr int bits_per_seat = 2;
constexpr int seats_per_byte = 8 / bits_per_seat;

// Seat 1 has the lowest bits of the first byte.
std::string pack(int64_t slot_id, int32_t seats) {
    std::string packed(static_cast<std::size_t>((seats + seats_per_byte - 1) / seats_per_byte), '\0');
    for (const spi::Row row : not_free.read(slot_id, clock::now())) {
        const auto [seat_id, state] = row.columns<int32_t, int32_t>();
        char& byte = packed[static_cast<std::size_t>((seat_id - 1) / seats_per_byte)];
        byte = static_cast<char>(byte | state << ((seat_id - 1) % seats_per_byte * bits_per_seat));
    }
    return packed;
}

// The same for the same states, another for others: 64 bits.
std::string version_of(const std::string& packed) {
    const uint64 hash =
        hash_bytes_extended(reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()), 0);
    char text[17];
    snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

std::string base64_of(const std::string& bytes) {
    std::string text(static_cast<std::size_t>(pg_b64_enc_len(static_cast<int>(bytes.size()))), '\0');
    const int length =
        pg_b64_encode(bytes.data(), static_cast<int>(bytes.size()), text.data(), static_cast<int>(text.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

} // namespace

SeatStates read(int64_t slot_id) {
    const spi::Rows rows = last_seat.read(slot_id);
    if (rows.empty())
        return SeatStates{Outcome::not_found};
    const auto seats = rows[0].first<int32_t>();
    const std::string packed = pack(slot_id, seats);
    return SeatStates{Outcome::ok, version_of(packed), seats, base64_of(packed)};
}

} // namespace boxoffice::seat_states
