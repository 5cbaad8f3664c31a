// What libFuzzer begins with, and what it has found: each file of test/fuzz/corpus is read by its target.
#include "targets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace boxoffice::api::fuzz {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(FuzzCorpus, OfEveryTargetIsReadWithoutHarm) {
    const std::filesystem::path corpus = BOXOFFICE_FUZZ_CORPUS;
    for (const Target& target : targets()) {
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(corpus / target.name)) {
            EXPECT_NO_THROW(target.read(bytes_of(entry.path()))) << entry.path();
            ++files;
        }
        EXPECT_GT(files, 2) << target.name;
    }
}

} // namespace
} // namespace boxoffice::api::fuzz
