#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "store/memory_engine.h"
#include "store/store.h"

// For the tests of the store only.
namespace store {

// An empty folder of its own, gone with its owner.
class TestFolder {
 public:
  TestFolder() {
    // In memory where there is such a place: the tests are about what is written, not about how long the disk takes.
    std::filesystem::path parent = "/dev/shm";
    if (access(parent.c_str(), W_OK) != 0) parent = std::filesystem::temp_directory_path();
    std::string name = (parent / "store-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name = "data") const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct Note {
  std::string text;
  std::int64_t number = 0;

  static void fields(auto& self, auto& field) {
    field("text", self.text);
    field("number", self.number);
  }
};

inline constexpr Table<Note> kNotes{"test.notes"};
inline constexpr Table<Note> kUsers{"test.users", Scope::kAccount};
inline constexpr Table<Note> kNames{"test.names", Scope::kGlobal};
inline constexpr Counter kHits{"test.hits"};

inline const Place kHere{"000000000000", "us-east-1"};
inline const Place kElsewhere{"111122223333", "eu-west-1"};

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().code << ": " << result.error().message;
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

template <class T>
std::string code_of(const base::Result<T>& result) {
  return result ? "" : result.error().code;
}

inline std::unique_ptr<Store> open_memory(std::shared_ptr<MemoryDisk> disk = make_memory_disk()) {
  return must(Store::open(memory_home(std::move(disk))));
}

inline std::unique_ptr<Store> open_on_disk(const std::string& path, Durability durability = Durability::kOs) {
  return must(Store::open(must(open_data_folder(path, {.durability = durability}))));
}

inline void put_note(Store& store, std::string_view key, std::string text) {
  Transaction tx = store.begin(kHere);
  tx.put(kNotes, key, {.text = std::move(text)});
  must(store.commit(tx));
}

inline std::string note_text(Store& store, std::string_view key) {
  auto note = store.begin(kHere).get(kNotes, key);
  return note ? note->text : "(none)";
}

// The keys a scan visits, joined by commas.
inline std::string keys_of(const Transaction& tx, const Scan& scan) {
  std::string keys;
  tx.scan(kNotes, scan, [&](std::string_view key, Note&) { keys.append(keys.empty() ? "" : ",").append(key); });
  return keys;
}

}  // namespace store
