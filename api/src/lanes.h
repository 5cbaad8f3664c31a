// All lanes of a gateway, and which of them a call takes.
//
// Reads and polls may go by any lane of their kind and share what waits. Writes of one user always take the same lane,
// so that lanes do not wait for each other's users; where a write would have to wait all the same, for another client of
// the database, it goes on to a slow lane, which waits for it alone. Administrators have a lane to themselves, so that
// nobody who waits keeps them from work.
#pragma once

#include "configuration.h"
#include "lane.h"

#include <memory>
#include <string_view>
#include <vector>

namespace boxoffice::api {

class Lanes {
public:
    Lanes(const Configuration& configuration, Metrics& metrics);

    // Takes the call on; answers it with 503 where too many wait already.
    void submit(Call call);

    // Whether every lane has its connection.
    bool connected() const;

    // Brings what the metrics say of the lanes up to date.
    void report() const;

    // What the database says of itself; null: not connected so far.
    std::shared_ptr<const Catalogue> catalogue() const;

private:
    void add(const LaneOptions& options, std::shared_ptr<Waiting> waiting, std::shared_ptr<Waiting> slow);

    Metrics& metrics_;
    std::shared_ptr<Waiting> slow_;
    std::shared_ptr<Waiting> read_;
    std::shared_ptr<Waiting> poll_;
    std::shared_ptr<Waiting> administration_;
    std::vector<std::shared_ptr<Waiting>> write_; // one for each write lane
    std::vector<std::unique_ptr<Lane>> lanes_;    // last: they use what waits; the slow ones end last
};

} // namespace boxoffice::api
