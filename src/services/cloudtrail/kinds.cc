#include "services/cloudtrail/kinds.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/arn.h"

namespace cloudtrail {

namespace {

using Names = std::span<const std::string_view>;

// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
constexpr std::string_view kS3Objects[] = {"AbortMultipartUpload",
                                           "CompleteMultipartUpload",
                                           "CopyObject",
                                           "CreateMultipartUpload",
                                           "DeleteObject",
                                           "DeleteObjectTagging",
                                           "DeleteObjects",
                                           "GetObject",
                                           "GetObjectAcl",
                                           "GetObjectAttributes",
                                           "GetObjectLegalHold",
                                           "GetObjectRetention",
                                           "GetObjectTagging",
                                           "GetObjectTorrent",
                                           "HeadBucket",
                                           "HeadObject",
                                           "ListMultipartUploads",
                                           "ListObjectVersions",
                                           "ListObjects",
                                           "ListObjectsV2",
                                           "ListParts",
                                           "PutObject",
                                           "PutObjectAcl",
                                           "PutObjectLegalHold",
                                           "PutObjectRetention",
                                           "PutObjectTagging",
                                           "RestoreObject",
                                           "SelectObjectContent",
                                           "UploadPart",
                                           "UploadPartCopy",
                                           "WriteGetObjectResponse"};
constexpr std::string_view kFunctions[] = {"Invoke", "InvokeAsync", "InvokeFunctionUrl", "InvokeWithResponseStream"};
constexpr std::string_view kItems[] = {"BatchExecuteStatement",
                                       "BatchGetItem",
                                       "BatchWriteItem",
                                       "DeleteItem",
                                       "ExecuteStatement",
                                       "ExecuteTransaction",
                                       "GetItem",
                                       "PutItem",
                                       "Query",
                                       "Scan",
                                       "TransactGetItems",
                                       "TransactWriteItems",
                                       "UpdateItem"};
constexpr std::string_view kStreamRecords[] = {"GetRecords", "GetShardIterator"};
constexpr std::string_view kMessages[] = {"ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
                                          "DeleteMessage",           "DeleteMessageBatch",
                                          "ReceiveMessage",          "SendMessage",
                                          "SendMessageBatch"};
constexpr std::string_view kPublishing[] = {"Publish", "PublishBatch"};
constexpr std::string_view kRecords[] = {"GetRecords", "GetShardIterator", "PutRecord", "PutRecords",
                                         "SubscribeToShard"};
constexpr std::string_view kMetrics[] = {"GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics",
                                         "PutMetricData"};
constexpr std::string_view kEvents[] = {"PutEvents"};
constexpr std::string_view kLogEvents[] = {"FilterLogEvents", "GetLogEvents", "GetLogRecord", "PutLogEvents"};
constexpr std::string_view kDeliveries[] = {"PutRecord", "PutRecordBatch"};
constexpr std::string_view kActivities[] = {"GetActivityTask", "SendTaskFailure", "SendTaskHeartbeat",
                                            "SendTaskSuccess"};
constexpr std::string_view kIdentities[] = {"GetCredentialsForIdentity", "GetId", "GetOpenIdToken",
                                            "GetOpenIdTokenForDeveloperIdentity", "UnlinkIdentity"};
constexpr std::string_view kStatements[] = {"BatchExecuteStatement", "BeginTransaction",
                                            "CommitTransaction",     "ExecuteSql",
                                            "ExecuteStatement",      "RollbackTransaction"};
constexpr std::string_view kMail[] = {
    "SendBounce", "SendBulkEmail", "SendBulkTemplatedEmail", "SendCustomVerificationEmail",
    "SendEmail",  "SendRawEmail",  "SendTemplatedEmail"};
constexpr std::string_view kAudit[] = {"PutAuditEvents"};
constexpr std::string_view kTraces[] = {"BatchGetTraces", "GetTraceGraph", "GetTraceSummaries", "PutTelemetryRecords",
                                        "PutTraceSegments"};
constexpr std::string_view kConfigurations[] = {"GetLatestConfiguration", "StartConfigurationSession"};
constexpr std::string_view kSnapshots[] = {"CompleteSnapshot",   "GetSnapshotBlock", "ListChangedBlocks",
                                           "ListSnapshotBlocks", "PutSnapshotBlock", "StartSnapshot"};

struct DataEvents {
  std::string_view service;
  std::string_view type;
  Names operations;
};
constexpr DataEvents kDataEvents[] = {
    {"appconfigdata", "AWS::AppConfig::Configuration", kConfigurations},
    {"cloudtrail_data", "AWS::CloudTrail::Channel", kAudit},
    {"cloudwatch", "AWS::CloudWatch::Metric", kMetrics},
    {"cognito_identity", "AWS::Cognito::IdentityPool", kIdentities},
    {"dynamodb", "AWS::DynamoDB::Table", kItems},
    {"dynamodbstreams", "AWS::DynamoDB::Stream", kStreamRecords},
    {"ebs", "AWS::EC2::Snapshot", kSnapshots},
    {"events", "AWS::Events::EventBus", kEvents},
    {"firehose", "AWS::KinesisFirehose::DeliveryStream", kDeliveries},
    {"kinesis", "AWS::Kinesis::Stream", kRecords},
    {"lambda", "AWS::Lambda::Function", kFunctions},
    {"logs", "AWS::Logs::LogGroup", kLogEvents},
    {"rds_data", "AWS::RDS::DBCluster", kStatements},
    {"s3", "AWS::S3::Object", kS3Objects},
    {"ses", "AWS::SES::EmailIdentity", kMail},
    {"sesv2", "AWS::SES::EmailIdentity", kMail},
    {"sns", "AWS::SNS::Topic", kPublishing},
    {"sqs", "AWS::SQS::Queue", kMessages},
    {"stepfunctions", "AWS::StepFunctions::Activity", kActivities},
    {"xray", "AWS::XRay::Trace", kTraces},
};

constexpr std::string_view kReadPrefixes[] = {"Get",      "List",     "Describe", "Lookup",  "Head",     "Search",
                                              "BatchGet", "Query",    "Scan",     "Check",   "Simulate", "Select",
                                              "Preview",  "Validate", "Filter",   "Estimate"};
// "service:Operation" whose name says otherwise than CloudTrail does.
constexpr std::string_view kReads[] = {"iam:GenerateCredentialReport",
                                       "iam:GenerateOrganizationsAccessReport",
                                       "iam:GenerateServiceLastAccessedDetails",
                                       "kms:Decrypt",
                                       "kms:DeriveSharedSecret",
                                       "kms:Encrypt",
                                       "kms:GenerateDataKey",
                                       "kms:GenerateDataKeyPair",
                                       "kms:GenerateDataKeyPairWithoutPlaintext",
                                       "kms:GenerateDataKeyWithoutPlaintext",
                                       "kms:GenerateMac",
                                       "kms:GenerateRandom",
                                       "kms:ReEncrypt",
                                       "kms:Sign",
                                       "kms:Verify",
                                       "kms:VerifyMac",
                                       "sqs:ReceiveMessage",
                                       "sts:AssumeRole",
                                       "sts:AssumeRoleWithSAML",
                                       "sts:AssumeRoleWithWebIdentity",
                                       "sts:AssumeRoot",
                                       "sts:DecodeAuthorizationMessage",
                                       "dynamodb:TransactGetItems"};

struct Renamed {
  std::string_view operation, event;
};
constexpr Renamed kS3Names[] = {{"DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"},
                                {"GetBucketLifecycleConfiguration", "GetBucketLifecycle"},
                                {"GetBucketNotificationConfiguration", "GetBucketNotification"},
                                {"GetPublicAccessBlock", "GetBucketPublicAccessBlock"},
                                {"ListObjectsV2", "ListObjects"},
                                {"PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"},
                                {"PutBucketLifecycleConfiguration", "PutBucketLifecycle"},
                                {"PutBucketNotificationConfiguration", "PutBucketNotification"},
                                {"PutPublicAccessBlock", "PutBucketPublicAccessBlock"}};
// https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
constexpr Renamed kLambdaSuffixes[] = {{"AddPermission", "20150331v2"},
                                       {"CreateAlias", "20150331"},
                                       {"CreateEventSourceMapping", "20150331"},
                                       {"CreateFunction", "20150331"},
                                       {"DeleteAlias", "20150331"},
                                       {"DeleteEventSourceMapping", "20150331"},
                                       {"DeleteFunction", "20150331"},
                                       {"DeleteFunctionConcurrency", "20171031"},
                                       {"DeleteLayerVersion", "20181031"},
                                       {"GetAccountSettings", "20160819"},
                                       {"GetAlias", "20150331"},
                                       {"GetEventSourceMapping", "20150331"},
                                       {"GetFunction", "20150331v2"},
                                       {"GetFunctionConfiguration", "20150331v2"},
                                       {"GetPolicy", "20150331v2"},
                                       {"ListAliases", "20150331"},
                                       {"ListEventSourceMappings", "20150331"},
                                       {"ListFunctions", "20150331"},
                                       {"ListTags", "20170331"},
                                       {"ListVersionsByFunction", "20150331"},
                                       {"PublishLayerVersion", "20181031"},
                                       {"PublishVersion", "20150331"},
                                       {"PutFunctionConcurrency", "20171031"},
                                       {"RemovePermission", "20150331v2"},
                                       {"TagResource", "20170331v2"},
                                       {"UntagResource", "20170331v2"},
                                       {"UpdateAlias", "20150331"},
                                       {"UpdateEventSourceMapping", "20150331"},
                                       {"UpdateFunctionCode", "20150331v2"},
                                       {"UpdateFunctionConfiguration", "20150331v2"}};

struct ResourceKind {
  std::string_view service, prefix, type;  // of arn:aws:<service>:…:<prefix>…; the first that fits
};
constexpr ResourceKind kResourceKinds[] = {
    {"apigateway", "/restapis/", "AWS::ApiGateway::RestApi"},
    {"cloudformation", "stack/", "AWS::CloudFormation::Stack"},
    {"cloudtrail", "channel/", "AWS::CloudTrail::Channel"},
    {"cloudtrail", "eventdatastore/", "AWS::CloudTrail::EventDataStore"},
    {"cloudtrail", "trail/", "AWS::CloudTrail::Trail"},
    {"cognito-idp", "userpool/", "AWS::Cognito::UserPool"},
    {"dynamodb", "table/", "AWS::DynamoDB::Table"},
    {"ec2", "instance/", "AWS::EC2::Instance"},
    {"ec2", "security-group/", "AWS::EC2::SecurityGroup"},
    {"ec2", "subnet/", "AWS::EC2::Subnet"},
    {"ec2", "volume/", "AWS::EC2::Volume"},
    {"ec2", "vpc/", "AWS::EC2::VPC"},
    {"ecr", "repository/", "AWS::ECR::Repository"},
    {"ecs", "cluster/", "AWS::ECS::Cluster"},
    {"ecs", "service/", "AWS::ECS::Service"},
    {"ecs", "task-definition/", "AWS::ECS::TaskDefinition"},
    {"events", "event-bus/", "AWS::Events::EventBus"},
    {"events", "rule/", "AWS::Events::Rule"},
    {"firehose", "deliverystream/", "AWS::KinesisFirehose::DeliveryStream"},
    {"iam", "group/", "AWS::IAM::Group"},
    {"iam", "instance-profile/", "AWS::IAM::InstanceProfile"},
    {"iam", "mfa/", "AWS::IAM::MfaDevice"},
    {"iam", "oidc-provider/", "AWS::IAM::OidcProvider"},
    {"iam", "policy/", "AWS::IAM::Policy"},
    {"iam", "role/", "AWS::IAM::Role"},
    {"iam", "saml-provider/", "AWS::IAM::SAMLProvider"},
    {"iam", "server-certificate/", "AWS::IAM::ServerCertificate"},
    {"iam", "user/", "AWS::IAM::User"},
    {"kinesis", "stream/", "AWS::Kinesis::Stream"},
    {"kms", "alias/", "AWS::KMS::Alias"},
    {"kms", "key/", "AWS::KMS::Key"},
    {"lambda", "function:", "AWS::Lambda::Function"},
    {"logs", "log-group:", "AWS::Logs::LogGroup"},
    {"organizations", "account/", "AWS::Organizations::Account"},
    {"organizations", "ou/", "AWS::Organizations::OrganizationalUnit"},
    {"organizations", "policy/", "AWS::Organizations::Policy"},
    {"rds", "cluster:", "AWS::RDS::DBCluster"},
    {"rds", "db:", "AWS::RDS::DBInstance"},
    {"secretsmanager", "secret:", "AWS::SecretsManager::Secret"},
    {"sns", "", "AWS::SNS::Topic"},
    {"sqs", "", "AWS::SQS::Queue"},
    {"ssm", "parameter/", "AWS::SSM::Parameter"},
    {"states", "stateMachine:", "AWS::StepFunctions::StateMachine"},
};

}  // namespace

std::string_view data_type_of(std::string_view service, std::string_view operation) {
  auto found = std::ranges::lower_bound(kDataEvents, service, {}, &DataEvents::service);
  if (found == std::end(kDataEvents) || found->service != service) return {};
  return std::ranges::binary_search(found->operations, operation) ? found->type : std::string_view();
}

bool is_read_only(const model::Service& service, const model::Operation& operation) {
  if (operation.read_only) return true;
  for (std::string_view prefix : kReadPrefixes)
    if (operation.name.starts_with(prefix)) return true;
  std::string name = fmt::format("{}:{}", service.id, operation.name);
  return std::ranges::find(kReads, name) != std::end(kReads);
}

std::string event_source_of(const model::Service& service) {
  if (service.id == "cloudtrail_data") return "cloudtrail-data.amazonaws.com";
  return fmt::format("{}.amazonaws.com", service.signing_name);
}

std::string event_name_of(std::string_view service, std::string_view operation) {
  if (service == "s3") {
    auto found = std::ranges::find(kS3Names, operation, &Renamed::operation);
    if (found != std::end(kS3Names)) return std::string(found->event);
  }
  if (service == "lambda") {
    auto found = std::ranges::find(kLambdaSuffixes, operation, &Renamed::operation);
    if (found != std::end(kLambdaSuffixes)) return fmt::format("{}{}", operation, found->event);
  }
  if (service == "cloudfront") return fmt::format("{}2020_05_31", operation);
  return std::string(operation);
}

std::string_view resource_type_of(std::string_view arn) {
  const base::Arn parts = base::Arn::parse(arn);
  if (parts.service == "s3") return parts.resource.contains('/') ? "AWS::S3::Object" : "AWS::S3::Bucket";
  for (const ResourceKind& kind : kResourceKinds)
    if (kind.service == parts.service && parts.resource.starts_with(kind.prefix)) return kind.type;
  return {};
}

std::string_view resource_name_of(std::string_view arn) {
  const base::Arn parts = base::Arn::parse(arn);
  if (parts.service == "s3" || parts.resource.empty()) return parts.resource.empty() ? arn : parts.resource;
  if (parts.service == "kms" || parts.service == "cloudtrail") return arn;
  std::size_t slash = parts.resource.find_last_of(parts.service == "iam" || parts.service == "dynamodb" ? "/" : ":/");
  return slash == parts.resource.npos ? parts.resource : parts.resource.substr(slash + 1);
}

}  // namespace cloudtrail
