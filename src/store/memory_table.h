#pragma once

#include <rocksdb/memtablerep.h>

#include <memory>

// Where RocksDB keeps what was written last: a skip list of ours in place of its own, as Debian's build of the library
// walks its own with assertions on, ten times as slowly. One writer at a time; any number of readers beside it.
// https://github.com/facebook/rocksdb/wiki/MemTable
namespace store {

std::shared_ptr<rocksdb::MemTableRepFactory> memory_tables();

}  // namespace store
