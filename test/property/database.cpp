#include "database.h"

#include <algorithm>
#include <thread>

namespace boxoffice::histories {
namespace {

constexpr int most_histories = 50;
constexpr auto patience = std::chrono::seconds(20); // for a server that recovers
constexpr std::int64_t second = 1'000'000;

std::int64_t wall_clock() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

Database::Database(std::string connection_string, std::string name)
    : connection_string_(std::move(connection_string)), name_(std::move(name)) {
    Connection first(connection_string_);
    const Result libraries = first.query({"SHOW shared_preload_libraries", {}});
    preloads_ = libraries.text(0, "shared_preload_libraries")->find("boxoffice") != std::string::npos;
}

void Database::make() {
    disconnect();
    Connection maintenance(connection_string_);
    maintenance.query({"DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)", {}});
    maintenance.query({"CREATE DATABASE " + name_ + " TEMPLATE template0", {}});
    Connection(connection_string_, name_).query({"CREATE EXTENSION boxoffice", {}});
    wanted_ = false;
    histories_ = 0;
}

Connection& Database::connection() {
    const auto give_up_at = std::chrono::steady_clock::now() + patience;
    while (!connection_) {
        try {
            if (wanted_) {
                make();
            }
            connection_.emplace(connection_string_, name_);
        } catch (const ConnectionLost&) {
            if (std::chrono::steady_clock::now() > give_up_at) {
                throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    return *connection_;
}

void Database::begin(Duration later) {
    if (histories_ >= most_histories) {
        wanted_ = true;
        disconnect();
    }
    connection();
    ++histories_;
    const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(later).count();
    begins_at_ = (std::max(latest_, wall_clock()) / second + seconds) * second;
    connection().query(clock_statement(Instant(0)));
}

std::int64_t Database::microseconds_of(Instant instant) const {
    return begins_at_ + std::chrono::microseconds(instant).count();
}

Statement Database::clock_statement(Instant now) {
    sent_at_ = wall_clock();
    latest_ = microseconds_of(now);
    return {"SELECT set_config('boxoffice.clock_offset', $1, false)",
            {std::to_string(latest_ - sent_at_) + " microseconds"}};
}

bool Database::is_late() const { return wall_clock() - sent_at_ >= std::chrono::microseconds(call_window).count(); }

std::optional<Instant> Database::instant(const Result& result, int row, const char* column) const {
    const std::optional<std::int64_t> time = result.integer(row, column);
    if (!time) {
        return std::nullopt;
    }
    return std::chrono::floor<Instant>(std::chrono::microseconds(*time - begins_at_));
}

std::string Database::verify(Instant now) {
    try {
        connection().query(clock_statement(now));
        const Result findings = connection().query({"SELECT check_name, detail FROM boxoffice.verify()", {}});
        std::string text;
        for (int row = 0; row < findings.rows(); ++row) {
            text += "verify() finds " + findings.text(row, "check_name").value_or("") + ": " +
                    findings.text(row, "detail").value_or("") + "\n";
        }
        return text;
    } catch (const ConnectionLost& lost) {
        disconnect();
        return std::string("connection lost: ") + lost.what();
    }
}

} // namespace boxoffice::histories
