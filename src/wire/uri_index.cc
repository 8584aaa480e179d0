#include "wire/uri_index.h"

#include <algorithm>
#include <tuple>

#include "base/bytes.h"
#include "base/strings.h"
#include "wire/form.h"

namespace wire {

struct PathSegments {
  std::string_view path;
  std::vector<std::string_view> parts;
  bool trailing_slash = false;
};

namespace {

using model::Location;
using model::Member;
using model::Operation;

// "/a/b/" has two segments and a trailing slash, "/" has none of either.
PathSegments split_path(std::string_view path) {
  PathSegments segments{path, {}, false};
  std::string_view rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.empty()) return segments;
  segments.parts = base::split(rest, '/');
  if (segments.parts.back().empty()) {
    segments.parts.pop_back();
    segments.trailing_slash = true;
  }
  return segments;
}

bool same_segment(std::string_view raw, std::string_view literal) {
  if (raw == literal) return true;
  if (raw.find('%') == std::string_view::npos) return false;
  auto decoded = base::percent_decode(raw);
  return decoded && *decoded == literal;
}

std::string decode_label(std::string_view raw) {
  auto decoded = base::percent_decode(raw);
  return decoded ? *std::move(decoded) : std::string(raw);
}

}  // namespace

struct UriIndex::Search {
  const Request& request;
  const PathSegments& segments;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::size_t> captured;  // indices of the segments that labels took
  std::optional<Match> match;
  bool any_method = false;  // only asks whether the path is known
};

UriIndex::UriIndex(const model::Service& service) : nodes_(1) {
  // An operation without a method is one of ours that the API does not have: only the server makes its calls.
  for (const Operation& operation : service.operations)
    if (!operation.method.empty()) add(operation);
}

std::uint32_t UriIndex::literal_child(std::uint32_t node, std::string_view segment) {
  auto& literals = nodes_[node].literals;
  auto place = std::lower_bound(literals.begin(), literals.end(), segment,
                                [](const auto& entry, std::string_view text) { return entry.first < text; });
  if (place != literals.end() && place->first == segment) return place->second;
  auto child = static_cast<std::uint32_t>(nodes_.size());
  literals.emplace(place, segment, child);
  nodes_.emplace_back();
  return child;
}

std::uint32_t UriIndex::label_child(std::uint32_t node) {
  if (!nodes_[node].label) {
    nodes_[node].label = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  return *nodes_[node].label;
}

void UriIndex::add(const Operation& operation) {
  Leaf leaf{.operation = &operation};
  std::string_view uri = operation.uri;
  std::size_t mark = uri.find('?');
  if (mark != std::string_view::npos) {
    for (std::string_view part : base::split(uri.substr(mark + 1), '&')) {
      std::size_t equal = part.find('=');
      if (equal == std::string_view::npos || equal + 1 == part.size())
        leaf.literals.push_back({part.substr(0, equal), std::nullopt});
      else
        leaf.literals.push_back({part.substr(0, equal), part.substr(equal + 1)});
    }
    uri = uri.substr(0, mark);
  }
  for (const Member& member : operation.input->members) {
    if (!member.required) continue;
    if (member.location == Location::kQuery) leaf.required_parameters.push_back(member.wire_name());
    if (member.location == Location::kHeader) leaf.required_headers.push_back(member.wire_name());
  }
  PathSegments segments = split_path(uri);
  leaf.trailing_slash = segments.trailing_slash;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < segments.parts.size(); ++i) {
    std::string_view part = segments.parts[i];
    if (!part.starts_with('{')) {
      node = literal_child(node, part);
      continue;
    }
    bool greedy = part.ends_with("+}");
    leaf.labels.push_back(part.substr(1, part.size() - (greedy ? 3 : 2)));
    if (greedy) {
      leaf.suffix.assign(segments.parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, segments.parts.end());
      nodes_[node].greedy_leaves.push_back(std::move(leaf));
      return;
    }
    node = label_child(node);
  }
  nodes_[node].leaves.push_back(std::move(leaf));
}

bool UriIndex::choose(Search& search, const std::vector<Leaf>& leaves, std::size_t segment, bool greedy) const {
  const auto& parts = search.segments.parts;
  auto has_parameter = [&](std::string_view name) {
    return std::any_of(search.parameters.begin(), search.parameters.end(),
                       [&](const auto& each) { return each.first == name; });
  };
  auto fits_path = [&](const Leaf& leaf) {
    if (!greedy) return true;
    if (parts.size() < segment + 1 + leaf.suffix.size()) return false;
    std::size_t first = parts.size() - leaf.suffix.size();
    for (std::size_t i = 0; i < leaf.suffix.size(); ++i)
      if (!same_segment(parts[first + i], leaf.suffix[i])) return false;
    return true;
  };
  auto fits_literal = [&](const Literal& literal) {
    return std::any_of(search.parameters.begin(), search.parameters.end(), [&](const auto& each) {
      return each.first == literal.name && (!literal.value || each.second == *literal.value);
    });
  };
  const Leaf* best = nullptr;
  std::tuple<std::size_t, std::size_t, std::size_t, bool, bool> best_rank;
  for (const Leaf& leaf : leaves) {
    if (!fits_path(leaf)) continue;
    if (search.any_method) return search.match.emplace(), true;
    if (leaf.operation->method != search.request.method) continue;
    if (!std::all_of(leaf.literals.begin(), leaf.literals.end(), fits_literal)) continue;
    std::size_t present = 0;
    for (std::string_view name : leaf.required_parameters) present += has_parameter(name);
    for (std::string_view name : leaf.required_headers) present += !search.request.header(name).empty();
    std::size_t missing = leaf.required_parameters.size() + leaf.required_headers.size() - present;
    // An operation that lacks what it requires is meant only when no other with the same literals fits; of two for the
    // same requests (PutBucketLifecycle, PutBucketLifecycleConfiguration) the one that is not deprecated.
    std::tuple rank{leaf.literals.size() + leaf.suffix.size(), SIZE_MAX - missing, present,
                    leaf.trailing_slash == search.segments.trailing_slash, !leaf.operation->deprecated};
    if (best && rank <= best_rank) continue;
    best = &leaf;
    best_rank = rank;
  }
  if (!best) return false;
  Match match{best->operation, {}, static_cast<int>(parts.size() - search.captured.size())};
  for (std::size_t i = 0; i < search.captured.size() && i < best->labels.size(); ++i)
    match.labels.emplace_back(best->labels[i], decode_label(parts[search.captured[i]]));
  if (greedy) {
    // A greedy label takes the path as it stands, slashes at its ends included.
    const char* begin = parts[segment].data();
    const char* end = search.segments.path.data() + search.segments.path.size();
    if (!best->suffix.empty()) end = parts[parts.size() - best->suffix.size()].data() - 1;
    match.labels.emplace_back(best->labels.back(), decode_label({begin, end}));
    match.literal_segments = static_cast<int>(segment - search.captured.size() + best->suffix.size());
  }
  search.match = std::move(match);
  return true;
}

bool UriIndex::walk(Search& search, std::uint32_t index, std::size_t segment) const {
  const Node& node = nodes_[index];
  const auto& parts = search.segments.parts;
  if (segment == parts.size()) return choose(search, node.leaves, segment, false);
  std::string decoded =
      parts[segment].find('%') == std::string_view::npos ? std::string() : decode_label(parts[segment]);
  std::string_view text = decoded.empty() ? parts[segment] : std::string_view(decoded);
  auto literal = std::lower_bound(node.literals.begin(), node.literals.end(), text,
                                  [](const auto& entry, std::string_view name) { return entry.first < name; });
  if (literal != node.literals.end() && literal->first == text && walk(search, literal->second, segment + 1))
    return true;
  if (node.label && !parts[segment].empty()) {
    search.captured.push_back(segment);
    if (walk(search, *node.label, segment + 1)) return true;
    search.captured.pop_back();
  }
  return choose(search, node.greedy_leaves, segment, true);
}

std::optional<UriIndex::Match> UriIndex::find(const Request& request, std::string_view path) const {
  PathSegments segments = split_path(path);
  Search search{request, segments, parse_parameters(request.query), {}, std::nullopt};
  walk(search, 0, 0);
  return std::move(search.match);
}

bool UriIndex::knows_path(std::string_view path) const {
  PathSegments segments = split_path(path);
  Request request;
  Search search{request, segments, {}, {}, std::nullopt, true};
  return walk(search, 0, 0);
}

}  // namespace wire
