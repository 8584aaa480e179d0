#include "wire/form.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/strings.h"

namespace wire {

namespace {

// Dots sort before every other byte, so that the names below one name stand together.
unsigned char form_rank(char byte) { return byte == '.' ? 0 : static_cast<unsigned char>(byte); }

int compare_form_names(std::string_view left, std::string_view right) {
  std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i)
    if (left[i] != right[i]) return form_rank(left[i]) < form_rank(right[i]) ? -1 : 1;
  return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
}

std::string decode_parameter(std::string_view text) {
  if (std::ranges::none_of(text, [](char byte) { return byte == '%' || byte == '+'; })) return std::string(text);
  auto decoded = base::percent_decode(text, base::Plus::kSpace);
  return decoded ? *std::move(decoded) : std::string(text);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  if (!text.empty()) parameters.reserve(static_cast<std::size_t>(std::ranges::count(text, '&')) + 1);
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    std::string_view name = part.substr(0, part.find('='));
    std::string_view value = part.substr(std::min(name.size() + 1, part.size()));
    parameters.emplace_back(decode_parameter(name), decode_parameter(value));
  }
  return parameters;
}

Form::Form(std::vector<std::pair<std::string, std::string>> parameters) {
  bool is_sorted = std::ranges::is_sorted(
      parameters, [](const auto& left, const auto& right) { return compare_form_names(left.first, right.first) < 0; });
  if (is_sorted) {
    parameters_ = std::move(parameters);
    return;
  }
  // Of parameters with one name the first must stay the first.
  std::vector<std::size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    int names = compare_form_names(parameters[left].first, parameters[right].first);
    return names != 0 ? names < 0 : left < right;
  });
  parameters_.reserve(parameters.size());
  for (std::size_t row : order) parameters_.push_back(std::move(parameters[row]));
}

std::string_view FormNode::rest(std::size_t row) const {
  return std::string_view(form_->parameters_[row].first).substr(depth_);
}

std::optional<std::string_view> FormNode::text() const {
  if (!exists() || !rest(first_).empty()) return std::nullopt;
  return form_->parameters_[first_].second;
}

bool FormNode::has_children() const { return exists() && !rest(last_ - 1).empty(); }

FormNode FormNode::child(std::string_view name) const {
  // Below the root a name goes on with a dot.
  std::size_t dot = depth_ == 0 ? 0 : 1;
  auto compare = [&](std::size_t row) {
    std::string_view tail = rest(row);
    if (tail.size() < dot || (dot && tail[0] != '.')) return -1;
    tail = tail.substr(dot);
    int order = compare_form_names(tail.substr(0, name.size()), name);
    if (order != 0 || tail.size() == name.size() || tail[name.size()] == '.') return order;
    return 1;
  };
  std::size_t low = first_, high = last_;
  while (low < high) {
    std::size_t middle = (low + high) / 2;
    if (compare(middle) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  std::size_t end = low;
  while (end < last_ && compare(end) == 0) ++end;
  return {form_, low, end, depth_ + dot + name.size()};
}

std::vector<FormNode> FormNode::elements() const {
  std::vector<std::pair<std::uint64_t, FormNode>> found;
  std::size_t dot = depth_ == 0 ? 0 : 1;
  for (std::size_t row = first_; row < last_;) {
    std::string_view tail = rest(row);
    if (tail.size() <= dot || (dot && tail[0] != '.')) {
      ++row;
      continue;
    }
    std::string_view name = tail.substr(dot, tail.find('.', dot) - dot);
    FormNode node(form_, row, row, depth_ + dot + name.size());
    while (node.last_ < last_ && rest(node.last_).substr(0, dot + name.size()) == tail.substr(0, dot + name.size()) &&
           (rest(node.last_).size() == dot + name.size() || rest(node.last_)[dot + name.size()] == '.'))
      ++node.last_;
    row = node.last_;
    if (auto index = base::parse_number<std::uint64_t>(name)) found.emplace_back(*index, node);
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return std::pair(left.first, left.second.first_) < std::pair(right.first, right.second.first_);
  });
  std::vector<FormNode> nodes;
  nodes.reserve(found.size());
  for (auto& [index, node] : found) nodes.push_back(node);
  return nodes;
}

}  // namespace wire
