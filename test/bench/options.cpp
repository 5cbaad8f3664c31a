// The command line of the crowd: one table of options, each with its range, and a parser for "--name VALUE" and
// "--name=VALUE". Anything it does not know is refused: a mistyped option must not quietly measure something else.
#include "options.h"

#include <charconv>
#include <sstream>

namespace boxoffice::crowd {
namespace {

// Reads a number that must fill the whole text and lie in [least, most].
template <typename Number>
Number parse_number(const std::string& name, const std::string& text, Number least, Number most) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    // Written so that a NaN, which compares false with everything, is refused too.
    if (error != std::errc{} || stopped_at != end || !(number >= least && number <= most)) {
        std::ostringstream complaint;
        complaint << name << " wants a number from " << least << " to " << most << ", not \"" << text << "\"";
        throw UsageError(complaint.str());
    }
    return number;
}

// Stores one option's value; throws UsageError for a name that does not exist.
void set_option(Options& options, const std::string& name, const std::string& value) {
    if (name == "--plan") {
        options.plan_file = value;
    } else if (name == "--http") {
        options.http_url = value.ends_with('/') ? value.substr(0, value.size() - 1) : value;
    } else if (name == "--keys") {
        options.keys_file = value;
    } else if (name == "--buyers") {
        options.buyers = parse_number(name, value, 1, 1'000'000);
    } else if (name == "--connections") {
        options.connections = parse_number(name, value, 1, 1000);
    } else if (name == "--hold-for") {
        options.hold_for_seconds = parse_number(name, value, 0.1, 3600.0);
    } else if (name == "--arrive-within") {
        options.arrive_within_seconds = parse_number(name, value, 0.0, 3600.0);
    } else if (name == "--think-for") {
        options.think_for_seconds = parse_number(name, value, 0.0, 3600.0);
    } else if (name == "--max-active") {
        options.max_active = parse_number(name, value, 0, 1'000'000);
    } else if (name == "--active-for") {
        options.active_for_seconds = parse_number(name, value, 0.5, 3600.0);
    } else if (name == "--impatience") {
        options.impatience = parse_number(name, value, 1.0, 100.0);
    } else if (name == "--seed") {
        options.seed = parse_number<std::uint64_t>(name, value, 0, UINT64_MAX);
    } else {
        throw UsageError("unknown option \"" + name + "\"");
    }
}

} // namespace

Options parse_options(int argument_count, char** arguments) {
    Options options;
    for (int index = 1; index < argument_count; ++index) {
        std::string name = arguments[index];
        if (name == "--help") {
            options.help = true;
            return options;
        }
        if (!name.starts_with("--")) {
            throw UsageError("unexpected argument \"" + name + "\"");
        }
        std::string value;
        if (const auto equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.erase(equals);
        } else if (index + 1 < argument_count) {
            value = arguments[++index];
        } else {
            set_option(options, name, ""); // an unknown name is the better complaint, if it is one
            throw UsageError("option " + name + " wants a value");
        }
        set_option(options, name, value);
    }
    if (options.plan_file.empty()) {
        throw UsageError("option --plan is missing: which hall is for sale?");
    }
    if (options.http_url.empty() != options.keys_file.empty()) {
        throw UsageError("--http and --keys go together: where the box office is, and what signs tokens for it");
    }
    return options;
}

std::string usage() {
    return
        R"(usage: crowd --plan FILE [options]

Opens the sale of a hall in the database that the environment names (PGHOST, PGPORT, PGDATABASE, PGUSER),
lets a crowd fight for its seats, and then checks in the data that none was sold twice.
Connect as a superuser: the check reads the tables of the extension. It does so in SQL also where buyers come over HTTP.

  --plan FILE               the hall, a pretix seating plan (JSON)
  --http URL                over HTTP, at the front or a gateway (default: in SQL)
  --keys FILE               with --http: the JWK set that signs the tokens of buyers and of an administrator
  --buyers N                how many come (default 5000)
  --connections N           on how many connections, one thread each (default 32)
  --hold-for SECONDS        how long an unpaid hold lives (default 3)
  --arrive-within SECONDS   the buyers arrive within this time, ever more of them (default 16)
  --think-for SECONDS       a buyer thinks at most this long before paying (default 1)
  --max-active N            a queue lets this many in at a time (default 200; 0: no queue, all at once)
  --active-for SECONDS      how long who was let in may stay (default 10)
  --impatience FACTOR       the waiting ask this many times as often as they are told to (default 4)
  --seed N                  the same seed makes the same buyers (default 1)
  --help                    this text

With --arrive-within 0 --think-for 0 the crowd is a benchmark: as fast as the connections can.
Exit status: 0 all is well, 1 oversold, admitted too many or out of order, violations or unexpected errors, 2 usage,
130 interrupted.
)";
}

} // namespace boxoffice::crowd
