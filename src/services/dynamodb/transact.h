#pragma once

#include <variant>

#include "services/dynamodb/items.h"

// Transactions: several writes that happen all together or not at all.
namespace dynamodb {

// A check of a condition that writes nothing.
struct CheckRequest {
  Item key;
  Condition condition;
};

struct TransactionPart {
  OpenTable table = {};
  Value parameters;
  std::variant<PutRequest, KeyRequest, UpdateRequest, CheckRequest> request;
};

// Why a transaction was cancelled: an entry per part, in CancellationReasons' form.
class Reasons {
 public:
  void add_none() { reasons_.push_back(Value::Map{{"Code", "None"}}); }
  // Takes a part's error, or answers it back when that is none of a part.
  base::Result<void> add(const base::Error& error);
  base::Result<void> result() const;  // an error when any part had one

 private:
  Value::List reasons_;
  bool is_cancelled_ = false;
};

// What is done and paid for.
struct TransactionResult {
  std::vector<Written> written;  // per part
};
// Of parts whose tables are known and authorised.
base::Result<TransactionResult> run_parts(Call& call, const std::vector<TransactionPart>& parts);
base::Result<Written> run_part(Call& call, const TransactionPart& part);
std::string_view action_of(const TransactionPart& part);  // "dynamodb:PutItem", …

// ClientRequestToken: a request that was answered within the last ten minutes is not done again.
class Repetition {
 public:
  // Errors: IdempotentParameterMismatchException.
  static base::Result<Repetition> find(Call& call, const Value& input);
  const std::optional<Value>& answer() const { return answer_; }  // of the first time, if this is not it
  void remember(Call& call, const Value& answer) const;

 private:
  std::string token_, request_hash_;
  std::optional<Value> answer_;
};
base::Result<void> forget_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kForgetTokens{"dynamodb.forget_tokens", forget_step};

// What was used of which table, in the order in which the request came to them.
class UsedByTable {
 public:
  void add(const std::string& table, const Consumption& used);
  // ConsumedCapacity of all tables, as `input` asks for it.
  Value::List show(const Value& input, Detail detail) const;

 private:
  std::vector<std::pair<std::string, Consumption>> used_;
};

}  // namespace dynamodb
