// SQS with the AWS SDK for Go v2, pointed here by AWS_ENDPOINT_URL. The SDK checks the MD5 sums of bodies itself.
package sdk

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func settings(t *testing.T) aws.Config {
	t.Helper()
	loaded, err := config.LoadDefaultConfig(context.Background(), config.WithRetryMaxAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func queue(t *testing.T, client *sqs.Client, name string, attributes map[string]string) *string {
	t.Helper()
	made, err := client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return made.QueueUrl
}

func send(t *testing.T, client *sqs.Client, input *sqs.SendMessageInput) {
	t.Helper()
	if _, err := client.SendMessage(context.Background(), input); err != nil {
		t.Fatal(err)
	}
}

func bodies(t *testing.T, client *sqs.Client, input *sqs.ReceiveMessageInput) []string {
	t.Helper()
	got, err := client.ReceiveMessage(context.Background(), input)
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, message := range got.Messages {
		bodies = append(bodies, *message.Body)
	}
	return bodies
}

func TestAMessageGoesThrough(t *testing.T) {
	client := sqs.NewFromConfig(settings(t))
	url := queue(t, client, "go", nil)
	send(t, client, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("hello"),
		MessageAttributes: map[string]types.MessageAttributeValue{"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}}}})
	got := bodies(t, client, &sqs.ReceiveMessageInput{QueueUrl: url, MessageAttributeNames: []string{"All"}})
	if len(got) != 1 || got[0] != "hello" {
		t.Fatalf("got %v", got)
	}
}

func TestFifoKeepsOrder(t *testing.T) {
	client := sqs.NewFromConfig(settings(t))
	url := queue(t, client, "go.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	for _, body := range []string{"1", "2", "2", "3"} {
		send(t, client, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String(body), MessageGroupId: aws.String("g")})
	}
	got := bodies(t, client, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
	if len(got) != 3 || got[0] != "1" || got[1] != "2" || got[2] != "3" {
		t.Fatalf("got %v", got)
	}
}

func TestErrorsHaveTheirType(t *testing.T) {
	client := sqs.NewFromConfig(settings(t))
	_, err := client.GetQueueUrl(context.Background(), &sqs.GetQueueUrlInput{QueueName: aws.String("nope")})
	var missing *types.QueueDoesNotExist
	if !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
}

func TestTheCallerIsRoot(t *testing.T) {
	identity, err := sts.NewFromConfig(settings(t)).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *identity.Arn != "arn:aws:iam::000000000000:root" {
		t.Fatalf("got %s", *identity.Arn)
	}
}
