// The one place where PostgreSQL's longjmp and C++ exceptions meet.
//
// PostgreSQL reports an error by longjmp, which skips destructors; C++ must never be unwound by it, and no C++
// exception may pass through a PostgreSQL frame. So there are two crossings, and nothing else may cross:
//   guarded(f)  C++ -> PostgreSQL: runs f; an error inside becomes a PostgresError exception. Nothing inside f may
//               have a destructor: locals of f are skipped by the longjmp.
//   entry<f>    PostgreSQL -> C++: runs f; any exception leaves as ereport, but only after the last catch block
//               has ended, so that the exception object and all locals are already destroyed.
#pragma once

#include "pg/pg.h"

namespace boxoffice {

// An error that PostgreSQL raised inside guarded(); it is only ever rethrown, SQLSTATE and all.
struct PostgresError {
    ErrorData* data;
};

// A mistake of the caller, raised as an ERROR with its own SQLSTATE: message names what was wrong, detail states
// facts, hint says what to do.
struct Failure {
    int sqlstate;
    std::string message;
    std::string detail{};
    std::string hint{};
};

// Takes what guarded() found on the error stack; separate so that every instance of the template stays small.
[[noreturn]] void throw_postgres_error(MemoryContext context);

template <typename Body>
auto guarded(Body&& body) {
    using Result = std::invoke_result_t<Body>;
    static_assert(std::is_void_v<Result> || std::is_trivially_destructible_v<Result>,
                  "a longjmp would skip this destructor");
    sigjmp_buf* const outer_exceptions = PG_exception_stack;
    ErrorContextCallback* const outer_context = error_context_stack;
    const MemoryContext memory = CurrentMemoryContext;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        PG_exception_stack = outer_exceptions;
        error_context_stack = outer_context;
        throw_postgres_error(memory);
    }
    PG_exception_stack = &here;
    if constexpr (std::is_void_v<Result>) {
        body();
        PG_exception_stack = outer_exceptions;
        error_context_stack = outer_context;
    } else {
        Result result = body();
        PG_exception_stack = outer_exceptions;
        error_context_stack = outer_context;
        return result;
    }
}

// What entry() carries from a catch block to ereport: plain memory, because nothing that owns memory may be alive
// when the longjmp leaves. Texts that do not fit are cut at a character.
class Carried {
public:
    void take(const PostgresError& error) noexcept { postgres_error = error.data; }
    void take(const Failure& failure) noexcept;
    void take_out_of_memory() noexcept;
    void take_unexpected(const char* what) noexcept;
    [[noreturn]] void raise() const;

private:
    ErrorData* postgres_error = nullptr;
    int sqlstate = 0;
    char message[1024] = "";
    char detail[2048] = "";
    char hint[1024] = "";
};

template <auto Function>
Datum entry(FunctionCallInfo call) {
    Carried carried;
    try {
        return Function(call);
    } catch (const PostgresError& error) {
        carried.take(error);
    } catch (const Failure& failure) {
        carried.take(failure);
    } catch (const std::bad_alloc&) {
        carried.take_out_of_memory();
    } catch (const std::exception& error) {
        carried.take_unexpected(error.what());
    } catch (...) {
        carried.take_unexpected("an exception of an unknown type");
    }
    carried.raise();
}

} // namespace boxoffice

// Declares the SQL-callable function boxoffice_<name>, which runs boxoffice::functions::<name>.
#define BOXOFFICE_FUNCTION(name)                                                                                       \
    extern "C" {                                                                                                       \
    PG_FUNCTION_INFO_V1(boxoffice_##name);                                                                             \
    Datum boxoffice_##name(FunctionCallInfo call) { return boxoffice::entry<boxoffice::functions::name>(call); }       \
    }
