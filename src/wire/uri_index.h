#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/shape.h"
#include "wire/wire.h"

namespace wire {

// The URI patterns of a rest service as a tree of path segments. Made once per service, then only read, by any thread.
class UriIndex {
 public:
  explicit UriIndex(const model::Service& service);

  struct Match {
    const model::Operation* operation = nullptr;
    std::vector<std::pair<std::string, std::string>> labels;
    int literal_segments = 0;  // how many segments of the path the pattern names: more is more certain
  };

  // The operation whose method, path and query literals fit best. Where several operations share them (S3's PutObject,
  // UploadPart and CopyObject), the one with the most required headers and parameters present wins.
  std::optional<Match> find(const Request& request, std::string_view path) const;
  // Whether the path belongs to some operation, whatever the method.
  bool knows_path(std::string_view path) const;

 private:
  struct Literal {
    std::string_view name;
    std::optional<std::string_view> value;  // nothing: any
  };
  struct Leaf {
    const model::Operation* operation;
    std::vector<std::string_view> labels;  // names in the order of the path
    std::vector<std::string_view> suffix;  // literal segments behind a greedy label
    std::vector<Literal> literals;         // of the query string
    std::vector<std::string_view> required_parameters, required_headers;
    bool trailing_slash = false;
  };
  struct Node {
    std::vector<std::pair<std::string_view, std::uint32_t>> literals;  // sorted by segment
    std::optional<std::uint32_t> label;
    std::vector<Leaf> leaves;         // patterns that end here
    std::vector<Leaf> greedy_leaves;  // patterns whose next segment is {Name+}
  };
  struct Search;

  void add(const model::Operation& operation);
  std::uint32_t literal_child(std::uint32_t node, std::string_view segment);
  std::uint32_t label_child(std::uint32_t node);
  bool walk(Search& search, std::uint32_t node, std::size_t segment) const;
  bool choose(Search& search, const std::vector<Leaf>& leaves, std::size_t segment, bool greedy) const;

  std::vector<Node> nodes_;
};

}  // namespace wire
