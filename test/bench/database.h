// A PostgreSQL connection and its results as owners: closed and cleared by their destructors, errors as exceptions.
// Nothing here knows what is being sold.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace boxoffice::crowd {

// The rows of one answer, in text format.
class Result {
public:
    explicit Result(PGresult* result) : result_(result) {}

    int rows() const { return PQntuples(result_.get()); }
    // These take a column by position; a null reads as "" or 0, where a test for null is not worth its line.
    std::string text(int row, int column) const;
    std::int64_t integer(int row, int column) const;
    double number(int row, int column) const;
    std::vector<int> integers(int row, int column) const; // of an int[]

private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

// One connection, made from libpq's environment. Every call may throw CallFailed.
class Database {
public:
    Database();

    // Names a statement for execute().
    void prepare(const std::string& name, const std::string& sql);
    // Runs a prepared statement; its parameters are in text format and never null.
    Result execute(const std::string& name, const std::vector<std::string>& parameters);
    // Runs a statement once.
    Result query(const std::string& sql, const std::vector<std::string>& parameters = {});

private:
    Result checked(PGresult* result);

    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Finish> connection_;
};

// "{1,2,3}", the text form of an int[].
std::string array_text(const std::vector<int>& integers);

} // namespace boxoffice::crowd
