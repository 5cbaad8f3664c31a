// The crowd: opens the sale of a hall, lets thousands of buyers fight for it on a few connections, shows how it goes,
// and then proves from the data that no seat was sold twice. `crowd --help` has the options.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "admission.h"
#include "audit.h"
#include "base/configuration_error.h"
#include "database.h"
#include "database_back_office.h"
#include "database_sales.h"
#include "hall.h"
#include "http_back_office.h"
#include "http_sales.h"
#include "opening.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "rush.h"

namespace boxoffice::crowd {
namespace {

constexpr int status_failed = 1;
constexpr int status_usage = 2;
constexpr int status_interrupted = 130; // 128 + SIGINT, as a shell reports it

// How often the hall is looked at: for the bar, and as the view, a little stale, that the buyers share.
constexpr auto look_every = std::chrono::milliseconds(250);

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler may only touch lock-free atomics");

// An interrupt lets every thread end the call it is in. A server that no longer answers must not delay that: after
// two seconds, or at a second Ctrl-C, the process goes at once.
extern "C" void on_interrupt(int) {
    if (interrupted.exchange(true)) {
        _exit(status_interrupted);
    }
    alarm(2);
}

extern "C" void on_alarm(int) { _exit(status_interrupted); }

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty()) {
        throw UsageError("cannot read the plan \"" + path + "\"");
    }
    return text.str();
}

// Watches the hall and its queue until everybody has left; false when interrupted.
bool watch(Rush& rush, Database& database, const Opening& opening, const Hall& hall, Admission* admission,
           SharedLook& shared_look) {
    Progress progress;
    bool ended = false;
    while (!ended && !interrupted) {
        ended = rush.wait_for_end(look_every);
        const Look look = look_at_hall(database, opening.slot_id, hall.greatest_seat_id());
        shared_look.publish(look);
        std::optional<QueueLook> queue;
        if (admission != nullptr) {
            queue = look_at_queue(database, opening.queue_id);
            admission->check(*queue, rush.seconds_since_start());
        }
        progress.show(look, queue, rush.live().refusals, rush.seconds_since_start());
    }
    return !interrupted;
}

// The sale, opened in SQL or, where there is such a place, over HTTP.
Opening open_sale(const Options& options, Database& database, HttpPlace* place) {
    const std::string plan = read_file(options.plan_file);
    if (place != nullptr) {
        HttpBackOffice back_office(*place);
        return open_sale(back_office, database, plan, options);
    }
    DatabaseBackOffice back_office(database);
    return open_sale(back_office, database, plan, options);
}

std::unique_ptr<HttpPlace> place_of(const Options& options) {
    if (options.http_url.empty()) {
        return nullptr;
    }
    return std::make_unique<HttpPlace>(options.http_url, api::KeyRing::load(options.keys_file, {}));
}

std::unique_ptr<Sales> connect_sales(const Opening& opening, HttpPlace* place) {
    if (place != nullptr) {
        return std::make_unique<HttpSales>(*place, opening.slot_id, opening.queue_id);
    }
    return std::make_unique<DatabaseSales>(opening.slot_id, opening.queue_id);
}

int run(const Options& options) {
    const std::unique_ptr<HttpPlace> place = place_of(options);
    Database database;
    const Opening opening = open_sale(options, database, place.get());
    const Hall hall(opening.seats);
    std::printf("%s seats from %s are on sale; %s buyers come on %s connections%s\n", grouped(hall.seats()).c_str(),
                std::filesystem::path(options.plan_file).filename().c_str(), grouped(options.buyers).c_str(),
                grouped(options.connections).c_str(), place ? (" over HTTP, to " + place->url).c_str() : "");
    std::optional<Admission> admission;
    if (opening.queue_id != 0) {
        admission.emplace(database, options.max_active);
        std::printf("a queue lets in at most %s at a time%s\n", grouped(options.max_active).c_str(),
                    admission->ticks_itself()
                        ? "; no background worker serves this database, so the crowd calls boxoffice.tick() itself"
                        : "");
    }
    std::fflush(stdout);

    SharedLook shared_look;
    shared_look.publish(look_at_hall(database, opening.slot_id, hall.greatest_seat_id()));
    const Occasion occasion{.slot_id = opening.slot_id,
                            .has_queue = opening.queue_id != 0,
                            .hall = hall,
                            .shared_look = shared_look,
                            .seed = options.seed,
                            .hold_for_seconds = options.hold_for_seconds,
                            .think_for_seconds = options.think_for_seconds,
                            .impatience = options.impatience};
    Rush rush(options, occasion, [&] { return connect_sales(opening, place.get()); });
    if (!watch(rush, database, opening, hall, admission ? &*admission : nullptr, shared_look)) {
        return status_interrupted;
    }
    const double seconds = rush.seconds_since_start();
    Tally tally = rush.total_tally();
    const Look last_look = look_at_hall(database, opening.slot_id, hall.greatest_seat_id());
    const Findings findings = audit_sale(database, opening);
    if (place && place->repeats > 0) {
        std::printf("%s times someone was told to come back later, and did\n", grouped(place->repeats).c_str());
    }
    return report(options, last_look, seconds, tally, findings) ? EXIT_SUCCESS : status_failed;
}

} // namespace
} // namespace boxoffice::crowd

int main(int argument_count, char** arguments) {
    using namespace boxoffice::crowd;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGALRM, on_alarm);
    try {
        const Options options = parse_options(argument_count, arguments);
        if (options.help) {
            std::printf("%s", usage().c_str());
            return EXIT_SUCCESS;
        }
        return run(options);
    } catch (const UsageError& error) {
        std::fprintf(stderr, "crowd: %s\ncrowd --help lists the options\n", error.what());
        return status_usage;
    } catch (const boxoffice::api::ConfigurationError& error) {
        std::fprintf(stderr, "crowd: %s\n", error.what()); // the keys
        return status_usage;
    } catch (const std::exception& error) {
        if (interrupted) {
            return status_interrupted; // the server may go down by the same Ctrl-C; that is no error of its own
        }
        std::fprintf(stderr, "crowd: %s\n", error.what());
        return status_failed;
    }
}
