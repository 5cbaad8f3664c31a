#include "pg/boundary.h"

namespace boxoffice {

void throw_postgres_error(MemoryContext context) {
    MemoryContextSwitchTo(context);
    ErrorData* const data = CopyErrorData();
    FlushErrorState();
    throw PostgresError{data};
}

namespace {

template <std::size_t Size>
void copy_text(char (&target)[Size], std::string_view text) noexcept {
    std::size_t length = text.size();
    if (length >= Size) {
        length = Size - 1;
        // step back over continuation bytes, so that a cut never leaves half a character
        while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
            --length;
    }
    std::memcpy(target, text.data(), length);
    target[length] = '\0';
}

} // namespace

void Carried::take(const Failure& failure) noexcept {
    sqlstate = failure.sqlstate;
    copy_text(message, failure.message);
    copy_text(detail, failure.detail);
    copy_text(hint, failure.hint);
}

void Carried::take_out_of_memory() noexcept {
    sqlstate = ERRCODE_OUT_OF_MEMORY;
    copy_text(message, "out of memory in boxoffice");
    copy_text(hint, "Ask for fewer things in one call.");
}

void Carried::take_unexpected(const char* what) noexcept {
    sqlstate = ERRCODE_INTERNAL_ERROR;
    copy_text(message, "boxoffice met a state that it does not expect");
    copy_text(detail, what);
    copy_text(hint, "This is a defect: please report it with the statement that caused it.");
}

void Carried::raise() const {
    if (postgres_error != nullptr)
        ReThrowError(postgres_error);
    ereport(ERROR, (errcode(sqlstate), errmsg("%s", message), detail[0] != '\0' ? errdetail("%s", detail) : 0,
                    hint[0] != '\0' ? errhint("%s", hint) : 0));
    pg_unreachable();
}

} // namespace boxoffice
