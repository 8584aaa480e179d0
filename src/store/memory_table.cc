#include "store/memory_table.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace store {
namespace {

constexpr int kHeightMax = 12;
constexpr int kBranching = 4;
constexpr std::size_t kKeyTrailerSize = 8;  // of a key in RocksDB: a sequence number and a kind

// An entry as RocksDB lays it out: the length of the key as a varint, the key, the value.
std::string_view key_of(const char* entry) {
  std::uint32_t size = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*entry++);
    size |= std::uint32_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return {entry, size};
  }
}

// A key of RocksDB, taken apart. Keys stand in the order of their bytes, and of equal ones the latest comes first.
struct Key {
  explicit Key(std::string_view bytes) : user(bytes.substr(0, bytes.size() - kKeyTrailerSize)) {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&trailer, bytes.data() + user.size(), kKeyTrailerSize);
  }

  std::string_view user;
  std::uint64_t trailer = 0;
};

// Stands right before its entry; the links above the lowest stand before it.
struct Node {
  const char* entry() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view key() const { return {entry() + key_offset, key_size}; }
  Node* next(int level) const { return link(level).load(std::memory_order_acquire); }
  std::atomic<Node*>& link(int level) const { return *(const_cast<std::atomic<Node*>*>(&lowest) - level); }

  std::atomic<Node*> lowest;
  std::uint32_t key_offset = 0;
  std::uint32_t key_size = 0;
};
static_assert(sizeof(std::atomic<Node*>) == sizeof(Node*));

bool is_before(const Node& node, const Key& key) {
  const std::string_view bytes = node.key();
  const std::size_t size = bytes.size() - kKeyTrailerSize, shared = std::min(size, key.user.size());
  const int order = std::memcmp(bytes.data(), key.user.data(), shared);
  if (order != 0) return order < 0;
  if (size != key.user.size()) return size < key.user.size();
  return Key(bytes).trailer > key.trailer;
}

class SkipList final : public rocksdb::MemTableRep {
 public:
  explicit SkipList(rocksdb::Allocator* allocator) : MemTableRep(allocator), head_(make_node(kHeightMax, 0)) {
    before_.fill(head_);
  }

  rocksdb::KeyHandle Allocate(std::size_t size, char** entry) override {
    Node* node = make_node(any_height(), size);
    *entry = reinterpret_cast<char*>(node + 1);
    return node;
  }

  void Insert(rocksdb::KeyHandle handle) override {
    Node* node = static_cast<Node*>(handle);
    const std::string_view bytes = key_of(node->entry());
    const int height = static_cast<int>(node->key_size);  // where Allocate has left it
    node->key_offset = static_cast<std::uint32_t>(bytes.data() - node->entry());
    node->key_size = static_cast<std::uint32_t>(bytes.size());
    find_place(Key(bytes));
    for (int level = 0; level < height; ++level) {
      Node* before = before_[level];
      node->link(level).store(before->next(level), std::memory_order_relaxed);
      before->link(level).store(node, std::memory_order_release);
      before_[level] = node;
    }
    if (height > height_.load(std::memory_order_relaxed)) height_.store(height, std::memory_order_relaxed);
  }

  bool Contains(const char* entry) const override {
    const std::string_view bytes = key_of(entry);
    const Node* found = first_from(Key(bytes));
    return found && found->key() == bytes;
  }

  std::size_t ApproximateMemoryUsage() override { return 0; }  // besides what the allocator counts

  Iterator* GetIterator(rocksdb::Arena* arena) override;

  const Node* head() const { return head_; }

  // The last before `key`; the head when there is none.
  const Node* last_before(const Key& key) const {
    return descend(key, [](const Node*, int) {});
  }
  const Node* first_from(const Key& key) const { return last_before(key)->next(0); }
  const Node* last() const {
    const Node* node = head_;
    for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0; --level) {
      while (const Node* next = node->next(level)) node = next;
    }
    return node;
  }

 private:
  // The base class allocates bytes for an entry wherever they fall; the node needs its links aligned.
  Node* make_node(int height, std::size_t entry_size) {
    const std::size_t links_size = sizeof(Node*) * static_cast<std::size_t>(height - 1);
    char* bytes = nullptr;
    MemTableRep::Allocate(links_size + sizeof(Node) + entry_size + alignof(Node) - 1, &bytes);
    bytes += -reinterpret_cast<std::uintptr_t>(bytes) % alignof(Node);
    for (int level = 1; level < height; ++level) new (bytes + sizeof(Node*) * (level - 1)) std::atomic<Node*>();
    Node* node = new (bytes + links_size) Node();
    node->key_size = static_cast<std::uint32_t>(height);
    return node;
  }

  // Walks to the last node before `key`, and tells `visit` the last of each level on the way down.
  template <class Visit>
  const Node* descend(const Key& key, Visit visit) const {
    const Node* node = head_;
    const Node* not_before = nullptr;  // seen on a higher level, so that it needs no second look
    for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0; --level) {
      for (const Node* next = node->next(level); next != not_before; next = node->next(level)) {
        if (level > 0) __builtin_prefetch(node->next(level - 1));
        if (!is_before(*next, key)) {
          not_before = next;
          break;
        }
        node = next;
      }
      visit(node, level);
    }
    return node;
  }

  int any_height() {
    int height = 1;
    while (height < kHeightMax) {
      dice_ ^= dice_ << 13, dice_ ^= dice_ >> 7, dice_ ^= dice_ << 17;
      if (dice_ % kBranching != 0) break;
      ++height;
    }
    return height;
  }

  // Fills before_ with the last node before `key` on each level. What is written often follows what was written last.
  void find_place(const Key& key) {
    const Node* next = before_[0]->next(0);
    if ((before_[0] == head_ || is_before(*before_[0], key)) && (!next || !is_before(*next, key))) return;
    descend(key, [this](const Node* node, int level) { before_[level] = const_cast<Node*>(node); });
  }

  Node* head_;
  std::array<Node*, kHeightMax> before_{};
  std::atomic<int> height_ = 1;
  std::uint64_t dice_ = 0x9E3779B97F4A7C15;
};

// RocksDB asks for iterators in an arena whose type it keeps to itself, and then ends them by their destructor alone.
// So each thread keeps the memory of the iterators that ended on it for those that it makes next.
class Storage {
 public:
  ~Storage() {
    for (void* kept : kept_) ::operator delete(kept);
  }
  void* take(std::size_t size) {
    if (kept_.empty()) return ::operator new(size);
    return take_last();
  }
  // The iterator's own destructor calls this, so what it lies in must stay for a moment longer.
  void keep(void* memory) {
    if (kept_.size() >= kKeptMax) ::operator delete(std::exchange(kept_.front(), take_last()));
    kept_.push_back(memory);
  }

 private:
  static constexpr std::size_t kKeptMax = 64;

  void* take_last() {
    void* last = kept_.back();
    kept_.pop_back();
    return last;
  }

  std::vector<void*> kept_;
};
Storage& iterator_storage() {
  thread_local Storage storage;
  return storage;
}

class SkipListIterator final : public rocksdb::MemTableRep::Iterator {
 public:
  explicit SkipListIterator(const SkipList& list) : list_(list) {}
  ~SkipListIterator() override { iterator_storage().keep(this); }
  static void* operator new(std::size_t size) { return iterator_storage().take(size); }
  static void operator delete(void*) {}  // the destructor has kept it

  bool Valid() const override { return node_ != nullptr; }
  const char* key() const override { return node_->entry(); }
  void Next() override { node_ = node_->next(0); }
  void Prev() override { stand_at(list_.last_before(Key(node_->key()))); }
  void Seek(const rocksdb::Slice& key, const char* entry) override { node_ = list_.first_from(sought(key, entry)); }
  void SeekForPrev(const rocksdb::Slice& key, const char* entry) override {
    const Key last = sought(key, entry);
    const Node* before = list_.last_before(last);
    const Node* next = before->next(0);
    const bool is_there = next && Key(next->key()).user == last.user && Key(next->key()).trailer == last.trailer;
    stand_at(is_there ? next : before);
  }
  void SeekToFirst() override { node_ = list_.head()->next(0); }
  void SeekToLast() override { stand_at(list_.last()); }

 private:
  static Key sought(const rocksdb::Slice& key, const char* entry) {
    return Key(entry ? key_of(entry) : std::string_view(key.data(), key.size()));
  }
  void stand_at(const Node* node) { node_ = node == list_.head() ? nullptr : node; }

  const SkipList& list_;
  const Node* node_ = nullptr;
};

rocksdb::MemTableRep::Iterator* SkipList::GetIterator(rocksdb::Arena*) { return new SkipListIterator(*this); }

class SkipListFactory final : public rocksdb::MemTableRepFactory {
 public:
  using MemTableRepFactory::CreateMemTableRep;
  const char* Name() const override { return "virga"; }
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator&, rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform*, rocksdb::Logger*) override {
    return new SkipList(allocator);
  }
};

}  // namespace

std::shared_ptr<rocksdb::MemTableRepFactory> memory_tables() { return std::make_shared<SkipListFactory>(); }

}  // namespace store
