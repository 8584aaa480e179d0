#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

// A row with every kind of field, for tests and fuzzers.
namespace store {

enum class SampleKind : std::int16_t { kOne = 1, kTwo = 2 };

struct SamplePart {
  std::string name;
  std::uint64_t weight = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("weight", self.weight);
  }
  friend bool operator==(const SamplePart&, const SamplePart&) = default;
};

struct SampleRow {
  std::string text;
  std::int64_t big = 0;
  std::uint64_t bigger = 0;
  int small = 0;
  bool flag = false;
  double real = 0;
  SampleKind kind = SampleKind::kOne;
  std::optional<std::string> maybe;
  std::optional<std::int64_t> absent;
  std::vector<bool> flags;
  std::vector<std::vector<std::string>> lists;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, std::optional<SamplePart>> named_parts;
  SamplePart part;
  std::vector<SamplePart> parts;

  static void fields(auto& self, auto& field) {
    field("text", self.text);
    field("big", self.big);
    field("bigger", self.bigger);
    field("small", self.small);
    field("flag", self.flag);
    field("real", self.real);
    field("kind", self.kind);
    field("maybe", self.maybe);
    field("absent", self.absent);
    field("flags", self.flags);
    field("lists", self.lists);
    field("sizes", self.sizes);
    field("named_parts", self.named_parts);
    field("part", self.part);
    field("parts", self.parts);
  }
  friend bool operator==(const SampleRow&, const SampleRow&) = default;
};

inline SampleRow sample_row() {
  SampleRow row;
  row.text = std::string("with \0 inside", 13);
  row.big = -1'234'567'890'123;
  row.bigger = 0xFFFFFFFFFFFFFFFF;
  row.small = -42;
  row.flag = true;
  row.real = -0.1;
  row.kind = SampleKind::kTwo;
  row.maybe = "";
  row.flags = {true, false, true};
  row.lists = {{"a", "b"}, {}, {"c"}};
  row.sizes = {{"", 0}, {"x", -1}};
  row.named_parts = {{"none", std::nullopt}, {"some", SamplePart{"p", 1}}};
  row.part = {"whole", 9};
  row.parts = {{"left", 1}, {"right", 2}};
  return row;
}

}  // namespace store
