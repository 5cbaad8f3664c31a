#pragma once

namespace boxoffice {

// What an acknowledged write needs: its commit is flushed (and replicated, where that is configured) before the
// answer, whatever synchronous_commit the caller has set, unless it is set stronger.
void make_durable();

} // namespace boxoffice
