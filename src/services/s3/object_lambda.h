#pragma once

#include "services/s3/access_through_points.h"
#include "services/s3/body.h"

// Object lambda access points: reads that a function answers. Their rows are made by s3control; see
// src/aws/access_points.h. https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
namespace s3 {

// What answers an operation in S3's place.
struct Transformation {
  aws::ObjectLambdaPoint point;
  std::string function_arn;
  std::string payload;             // FunctionPayload, for the function
  std::vector<std::string> takes;  // AllowedFeatures
};

std::optional<aws::ObjectLambdaPoint> object_lambda_point_in(const Call& call, const Value& input);
// Nothing where no function is for the operation: then the supporting access point's answer is the answer.
std::optional<Transformation> find_transformation(const Call& call, std::string_view operation, const Value& input);
// The answer, when the function has ended; waits for it. Errors: the function's own, LambdaInvocationFailed,
// LambdaInvalidResponse, LambdaNotFound, LambdaPermissionError, LambdaResponseNotReceived, LambdaRuntimeError,
// LambdaTimeout, SlowDown, NotImplemented (a range or part, where the access point does not take them).
Result<Value> transform(Call& call, const Value& input, const Transformation& transformation);

// "s3-object-lambda:GetObject" for "s3:GetObject"; empty where there is none.
std::string object_lambda_action(std::string_view action);

// ---- object_lambda_event.cc

// Who waits, told by the function to whom it answers; nobody else can make it up.
struct AnswerTicket {
  std::string route, token;
};
// What the function is given, JSON; always the same for a call.
Result<std::string> event_of(Call& call, const Value& input, const Transformation& transformation,
                             const AnswerTicket& ticket);

// ---- object_lambda_answers.cc

inline constexpr std::int64_t kAnswerSeconds = 60;  // "allows up to 60 seconds to stream a complete response"

// What a function has said to be the answer, until who waits has taken it.
struct ObjectLambdaAnswer {
  std::string output;  // of GetObject, all but the body: JSON
  std::int64_t status = 0;
  std::string error_code, error_message;
  Encryption encryption;  // of the body
  StoredBody body;

  static void fields(auto& self, auto& field) {
    field("output", self.output);
    field("status", self.status);
    field("error_code", self.error_code);
    field("error_message", self.error_message);
    field("encryption", self.encryption);
    field("body", self.body);
  }
};
// Key: the id of the request that waits.
inline constexpr store::Table<ObjectLambdaAnswer> kObjectLambdaAnswers{"s3.object_lambda_answers",
                                                                       store::Scope::kGlobal};
// Nobody has taken it.
Result<void> forget_answer(Call& call, std::string_view request_id);
inline constexpr kernel::Timer kForgetAnswer{"s3.object_lambda_answer", forget_answer};

AnswerTicket make_ticket(Call& call);
// The answer to the call, taken: it is there no more. Nothing: no function has given one.
std::optional<ObjectLambdaAnswer> take_answer(Call& call);
Result<Value> show_answer(Call& call, const ObjectLambdaAnswer& answer);

// ---- object_lambda_results.cc

// What functions return for HeadObject and the lists, as the operation's output. Errors: the function's own,
// LambdaInvalidResponse.
Result<Value> read_function_result(std::string_view operation, const std::string& payload);
std::unexpected<base::Error> invalid_result(std::string message);
// An error of the function's choice.
std::unexpected<base::Error> error_of_function(std::string code, std::string message, std::int64_t status);

}  // namespace s3
