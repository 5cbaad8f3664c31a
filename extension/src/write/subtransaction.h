#pragma once

#include "pg/pg.h"

namespace boxoffice {

// An internal subtransaction: rolling it back frees every row lock taken in it.
class Subtransaction {
public:
    Subtransaction();
    ~Subtransaction();
    Subtransaction(const Subtransaction&) = delete;
    Subtransaction& operator=(const Subtransaction&) = delete;

    void commit();
    void roll_back();
    void end(bool keep) { keep ? commit() : roll_back(); }

private:
    MemoryContext context;
    ResourceOwner owner;
    bool open = false;
};

} // namespace boxoffice
