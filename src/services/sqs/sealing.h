#pragma once

#include "services/sqs/queue.h"

// Server-side encryption: what a message says stands in the store sealed, under SQS's own key or a KMS key.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
namespace sqs {

// The body as it is to be kept. Takes out of the message what is sealed with it: attributes, digests. Errors: those of
// KMS, in SQS's words (KmsAccessDenied, KmsDisabled, …).
base::Result<std::string> seal_message(Call& call, const OpenQueue& queue, Message& message, std::string body);

// The message as it was sent, its body in it. Errors: likewise.
base::Result<Entry> open_message(Call& call, const OpenQueue& queue, const Entry& entry);

}  // namespace sqs
