#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/value.h"

// Names from the AWS model, checked while compiling: a misspelled member, error or operation does not build. `Model` is
// the struct of sorted name lists that each generated header (gen/api/<service>.h) defines.
namespace model {

using base::Value;

void this_name_is_not_in_the_aws_model();  // never defined: calling it makes a consteval constructor ill-formed

template <class Names>
consteval bool contains(const Names& names, std::string_view name) {
  auto found = std::lower_bound(std::begin(names), std::end(names), name);
  return found != std::end(names) && *found == name;
}

template <class Model>
struct MemberName {
  std::string_view text;
  consteval MemberName(const char* name) : text(name) {
    if (!contains(Model::members, text)) this_name_is_not_in_the_aws_model();
  }
};

template <class Model>
struct ErrorName {
  std::string_view text;
  consteval ErrorName(const char* name) : text(name) {
    if (!contains(Model::errors, text)) this_name_is_not_in_the_aws_model();
  }
};

template <class Model>
struct OperationName {
  std::string_view text;
  consteval OperationName(const char* name) : text(name) {
    // Where the AWS name cannot be a function, the generated header declares it with a '_' at the end.
    if (text.ends_with('_') && contains(Model::operations, text.substr(0, text.size() - 1))) text.remove_suffix(1);
    if (!contains(Model::operations, text)) this_name_is_not_in_the_aws_model();
  }
};

// A validated request, or a structure inside it. Looks at a Value that must outlive it.
template <class Model>
class Input {
 public:
  explicit Input(const Value& node) : node_(&node) {}

  bool has(MemberName<Model> name) const { return !node_->at(name.text).is_null(); }
  const std::string& str(MemberName<Model> name) const { return node_->at(name.text).str(); }
  std::int64_t num(MemberName<Model> name) const { return node_->at(name.text).num(); }
  std::int64_t num(MemberName<Model> name, std::int64_t otherwise) const { return has(name) ? num(name) : otherwise; }
  bool flag(MemberName<Model> name) const { return node_->at(name.text).flag(); }
  const Value::List& list(MemberName<Model> name) const { return node_->at(name.text).list(); }
  const Value::Map& map(MemberName<Model> name) const { return node_->at(name.text).map(); }
  const Value& operator[](MemberName<Model> name) const { return node_->at(name.text); }
  const Value& value() const { return *node_; }

 private:
  const Value* node_;
};

// A structure of an answer under construction.
template <class Model>
class Output {
 public:
  struct Field {
    MemberName<Model> name;
    mutable Value value;  // lists of fields are constant, and made to be taken from
  };

  Output() : node_(Value::Map{}) {}
  // A structure made by functions that set members by names not known while compiling.
  explicit Output(Value node) : node_(std::move(node)) {}
  Output(std::initializer_list<Field> fields) : node_(Value::Map{}) {
    Value::Map& map = node_.map_to_change();
    map.reserve(fields.size());
    for (const Field& field : fields) map.emplace_back(std::string(field.name.text), std::move(field.value));
  }

  void set(MemberName<Model> name, Value value) { node_.set(name.text, std::move(value)); }
  const Value& value() const { return node_; }
  operator Value() const& { return node_; }
  operator Value() && { return std::move(node_); }

 private:
  Value node_;
};

}  // namespace model
