// What the store costs: microseconds of CPU an operation, single-threaded, on each engine. Usage: store_bench [folder]
#include <fmt/format.h>

#include <time.h>

#include <cstdlib>
#include <filesystem>

#include "store/memory_engine.h"
#include "store/store.h"

namespace {

using namespace store;

struct Item {
  std::string id, body;
  std::int64_t visible_at_ms = 0;
  std::map<std::string, std::string> attributes;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("body", self.body);
    field("visible_at_ms", self.visible_at_ms);
    field("attributes", self.attributes);
  }
};

constexpr Table<Item> kItems{"bench.items"};
constexpr Table<Item> kQueues{"bench.queues"};
constexpr Counter kCount{"bench.count"};
const Place kBenchPlace{"000000000000", "us-east-1"};

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}: {}\n", result.error().code, result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

double clock_us(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}
// Of this thread alone: other work on the machine, and the engine's own threads, do not count.
double own_cpu_us() { return clock_us(CLOCK_THREAD_CPUTIME_ID); }

// Opens the store and says how long it took.
std::unique_ptr<Store> open_timed(const std::string& folder, Durability durability) {
  double start = clock_us(CLOCK_MONOTONIC);
  auto store = must(Store::open(must(open_data_folder(folder, {.durability = durability}))));
  fmt::print("  opened in {:.1f} ms\n", (clock_us(CLOCK_MONOTONIC) - start) / 1e3);
  return store;
}

// Runs `work(i)` for i below `count`; the median of five runs.
template <class Work>
void measure(std::string_view name, int count, Work work) {
  std::vector<double> runs;
  for (int run = 0; run < 5; ++run) {
    double start = own_cpu_us();
    for (int i = 0; i < count; ++i) work(run * count + i);
    runs.push_back((own_cpu_us() - start) / count);
  }
  std::ranges::sort(runs);
  fmt::print("  {:<52} {:8.3f} us   ({:.3f} .. {:.3f})\n", name, runs[2], runs.front(), runs.back());
  std::fflush(stdout);
}

void bench(Store& store) {
  Item item{.id = "0123456789abcdef0123456789abcdef", .body = std::string(300, 'x'), .attributes = {{"a", "b"}}};
  auto commit = [&](Transaction& tx, int i, int commits_a_flush) {
    must(store.commit(tx));
    if (i % commits_a_flush == 0) must(store.flush());
  };
  {
    Transaction tx = store.begin(kBenchPlace);
    for (int i = 0; i < 1'000; ++i) tx.put(kQueues, "queue" + std::to_string(i), item);
    must(store.commit(tx));
    must(store.flush());
  }
  measure("begin", 100'000, [&](int) { (void)store.begin(kBenchPlace); });
  measure("encode a row", 100'000, [&](int) { (void)encode_row(item); });
  {
    Transaction tx = store.begin(kBenchPlace).unrecorded();
    measure("get, one hot key", 20'000, [&](int) { (void)tx.get(kQueues, "queue7"); });
    measure("get, 1,000 keys", 20'000, [&](int i) { (void)tx.get(kQueues, "queue" + std::to_string(i % 1'000)); });
    measure("get, absent", 20'000, [&](int i) { (void)tx.get(kQueues, "none" + std::to_string(i)); });
  }
  for (int commits_a_flush : {1, 16, 64}) {
    measure(fmt::format("begin, 2 gets, put, commit; flush every {}", commits_a_flush), 10'000, [&](int i) {
      Transaction tx = store.begin(kBenchPlace);
      (void)tx.get(kQueues, "queue7");
      (void)tx.get(kQueues, "queue8");
      tx.put(kItems, key("queue7", i), item);
      commit(tx, i, commits_a_flush);
    });
  }
  measure("begin, get, put, add, commit; flush every 16", 10'000, [&](int i) {
    Transaction tx = store.begin(kBenchPlace);
    (void)tx.get(kQueues, "queue7");
    tx.put(kItems, key("queue8", i), item);
    tx.add(kCount, "queue8", 1);
    commit(tx, i, 16);
  });
  measure("scan of 10 rows of many", 5'000, [&](int i) {
    Transaction tx = store.begin(kBenchPlace);
    tx.scan(kItems, {.prefix = key("queue7"), .from = key("queue7", i % 20'000), .limit = 10},
            [](std::string_view, Item&) {});
  });
  measure("scan of 1,000 rows", 50, [&](int) {
    store.begin(kBenchPlace).scan(kItems, {.prefix = key("queue7"), .limit = 1'000}, [](std::string_view, Item&) {});
  });
  measure("take the first row of a queue; flush every 16", 5'000, [&](int i) {
    Transaction tx = store.begin(kBenchPlace);
    std::string first;
    tx.scan(kItems, {.prefix = key("queue7"), .limit = 1}, [&](std::string_view row_key, Item&) { first = row_key; });
    tx.erase(kItems, first);
    commit(tx, i, 16);
  });
}

}  // namespace

int main(int argc, char** argv) {
  fmt::print("memory\n");
  bench(*must(Store::open(memory_home())));
  std::string folder = argc > 1 ? argv[1] : "store-bench-data";
  for (auto [name, durability] : {std::pair{"rocksdb, none", Durability::kNone}, {"rocksdb, os", Durability::kOs}}) {
    fmt::print("{}\n", name);
    std::filesystem::remove_all(folder);
    auto store = open_timed(folder, durability);
    bench(*store);
    must(store->close());
    store.reset();
    store = open_timed(folder, durability);
    store.reset();
    std::filesystem::remove_all(folder);
  }
}
