// Requests that are sent again: "If you submit a request with the same client token but a change in other parameters
// within the 10-minute idempotency window, DynamoDB returns an IdempotentParameterMismatch exception."
#include "base/bytes.h"
#include "base/cbor.h"
#include "base/json.h"
#include "services/dynamodb/transact.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kWindowMs = 600'000;

std::string token_key(std::int64_t window, const std::string& token) {
  return store::key(window, std::string_view(token));
}

}  // namespace

base::Result<Repetition> Repetition::find(Call& call, const Value& input) {
  Repetition repetition;
  repetition.token_ = input.at("ClientRequestToken").str();
  if (repetition.token_.empty()) return repetition;
  Value rest = input;
  rest.erase("ClientRequestToken");
  rest.erase("ReturnConsumedCapacity");
  rest.erase("ReturnItemCollectionMetrics");
  repetition.request_hash_ = base::sha256(base::to_cbor(rest));
  const std::int64_t window = call.now_ms() / kWindowMs;
  for (std::int64_t one : {window, window - 1}) {
    auto row = call.tx.get(kTokens, token_key(one, repetition.token_));
    if (!row || row->at_ms + kWindowMs <= call.now_ms()) continue;
    if (row->request_hash != repetition.request_hash_)
      return error("IdempotentParameterMismatchException",
                   "The request uses the same client token as a previous, but non-identical request. Do not reuse a "
                   "client token with different requests, unless the requests are identical");
    repetition.answer_ = TRY(base::parse_json(row->answer));
    break;
  }
  return repetition;
}

void Repetition::remember(Call& call, const Value& answer) const {
  if (token_.empty()) return;
  const std::int64_t window = call.now_ms() / kWindowMs;
  call.tx.put(kTokens, token_key(window, token_),
              {.request_hash = request_hash_, .at_ms = call.now_ms(), .answer = base::to_json(answer)});
  call.arm(kForgetTokens, kernel::from_ms((window + 2) * kWindowMs),
           store::key(std::string_view(call.place.account), std::string_view(call.place.region), window));
}

// Key: account, region, window.
base::Result<void> forget_step(Call& call, std::string_view key) {
  constexpr std::size_t kRowsAtOnceMax = 1'000;
  store::KeyReader parts(key);
  const store::Transaction tx = call.tx.at({parts.text(), parts.text()});
  if (tx.erase_all(kTokens, store::key(parts.number()), kRowsAtOnceMax) == kRowsAtOnceMax)
    call.arm(kForgetTokens, call.now, key);
  return {};
}

}  // namespace dynamodb
