// Random transactions compared with a std::map, step by step.
#include <map>
#include <random>

#include "store/test_support.h"

namespace store {
namespace {

using Model = std::map<std::string, std::string>;

struct Live {
  Transaction tx;
  Model seen;  // the state at its beginning under its own writes
  std::set<std::string> keys_read;
  std::vector<std::pair<std::string, std::string>> ranges_read;  // [first, last]
  std::map<std::string, std::optional<std::string>> writes;
  std::vector<std::tuple<Savepoint, Model, std::map<std::string, std::optional<std::string>>>> savepoints;
};

class ModelTest : public testing::TestWithParam<unsigned> {
 protected:
  int dice(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }
  std::string random_key() { return "k" + std::to_string(10 + dice(30)); }

  void begin() {
    Live& live = live_.emplace_back();
    live.tx = store_->begin(kHere);
    live.seen = state_;
  }

  void get(Live& live) {
    std::string key = random_key();
    if (!live.writes.contains(key)) live.keys_read.insert(key);
    auto note = live.tx.get(kNotes, key);
    auto expected = live.seen.find(key);
    ASSERT_EQ(note.has_value(), expected != live.seen.end()) << key;
    ASSERT_EQ(note ? note->text : "", note ? expected->second : "");
  }

  void write(Live& live) {
    std::string key = random_key();
    if (dice(3) == 0) {
      live.tx.erase(kNotes, key);
      live.seen.erase(key);
      live.writes[key] = std::nullopt;
    } else {
      std::string text = std::to_string(++texts_);
      live.tx.put(kNotes, key, {.text = text});
      live.seen[key] = text;
      live.writes[key] = text;
    }
  }

  void scan(Live& live) {
    std::string low = random_key(), high = random_key();
    if (high < low) std::swap(low, high);
    bool forward = dice(2) == 0;
    std::size_t limit = dice(2) == 0 ? 1 + dice(5) : 1'000;
    Scan scan{
        .from = forward ? low : high, .direction = forward ? Direction::kForward : Direction::kReverse, .limit = limit};
    (forward ? scan.until : scan.after) = high;  // [low, high) either way
    if (!forward) scan.until = low + "!";        // a key past `low` that is never used: (low, high)
    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& [key, text] : live.seen) {
      if (key < high && (forward ? key >= low : key > low)) expected.emplace_back(key, text);
    }
    if (!forward) std::reverse(expected.begin(), expected.end());
    bool cut = expected.size() >= limit;
    if (cut) expected.resize(limit);
    std::vector<std::pair<std::string, std::string>> rows;
    live.tx.scan(kNotes, scan, [&](std::string_view key, Note& note) { rows.emplace_back(key, note.text); });
    ASSERT_EQ(rows, expected);
    std::string first = forward ? low : cut ? rows.back().first : low + "!";
    std::string last = forward && cut ? rows.back().first : high.substr(0, 2) + static_cast<char>(high[2] - 1) + "~";
    live.ranges_read.emplace_back(first, last);
  }

  void savepoint(Live& live) {
    if (live.savepoints.empty() || dice(2) == 0) {
      live.savepoints.emplace_back(live.tx.savepoint(), live.seen, live.writes);
      return;
    }
    auto& [point, seen, writes] = live.savepoints.back();
    live.tx.rollback_to(point);
    live.seen = seen;
    live.writes = writes;
    live.savepoints.pop_back();
  }

  // Whether any key the transaction has read is not as it was when it began. A value is never written twice, so equal
  // values mean that nobody wrote, except for keys that came and went: those count as changed in `last_change_`.
  bool changed(const Live& live) {
    auto key_changed = [&](const std::string& key) {
      auto change = last_change_.find(key);
      return change != last_change_.end() && change->second > live.tx.read_version();
    };
    for (const std::string& key : live.keys_read) {
      if (key_changed(key)) return true;
    }
    for (const auto& [first, last] : live.ranges_read) {
      for (const auto& [key, version] : last_change_) {
        if (key >= first && key <= last && key_changed(key)) return true;
      }
    }
    return false;
  }

  void finish(std::size_t index) {
    Live live = std::move(live_[index]);
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(index));
    bool conflict = changed(live);
    ASSERT_EQ(live.tx.validate(), !conflict);
    auto version = store_->commit(live.tx);
    ASSERT_EQ(code_of(version), conflict && !live.writes.empty() ? "Conflict" : "");
    if (!version || live.writes.empty()) return;
    for (const auto& [key, text] : live.writes) {
      last_change_[key] = *version;
      if (text) {
        state_[key] = *text;
      } else {
        state_.erase(key);
      }
    }
  }

  void step() {
    int action = dice(100);
    if (live_.empty() || (action < 10 && live_.size() < 6)) return begin();
    std::size_t index = dice(static_cast<int>(live_.size()));
    if (action < 30) return get(live_[index]);
    if (action < 60) return write(live_[index]);
    if (action < 80) return scan(live_[index]);
    if (action < 86) return savepoint(live_[index]);
    if (action < 97) return finish(index);
    must(store_->flush());
  }

  TestFolder folder_;
  std::mt19937 random_{GetParam()};
  std::unique_ptr<Store> store_ = GetParam() % 4 == 0 ? open_on_disk(folder_.path()) : open_memory();
  Model state_;
  std::map<std::string, Version> last_change_;
  std::vector<Live> live_;
  int texts_ = 0;
};

TEST_P(ModelTest, AgreesWithAMap) {
  for (int i = 0; i < 3'000 && !HasFatalFailure(); ++i) step();
  live_.clear();
  Model all;
  store_->begin(kHere).scan(kNotes, "", [&](std::string_view key, Note& note) { all.emplace(key, note.text); });
  EXPECT_EQ(all, state_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, testing::Range(1u, 13u));

}  // namespace
}  // namespace store
