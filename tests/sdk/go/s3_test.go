// S3 with the AWS SDK for Go v2 and its transfer manager, pointed here by AWS_ENDPOINT_URL.
package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const mib = 1024 * 1024

func bucket(t *testing.T, name string) (*s3.Client, *string) {
	t.Helper()
	client := s3.NewFromConfig(settings(t), func(options *s3.Options) { options.UsePathStyle = true })
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	return client, &name
}

func noise(size int) []byte {
	content := make([]byte, size)
	rand.New(rand.NewSource(int64(size))).Read(content)
	return content
}

func TestAnObjectComesBack(t *testing.T) {
	client, name := bucket(t, "go-object")
	if _, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: name, Key: aws.String("a b/ü"),
		Body: strings.NewReader("hello"), Metadata: map[string]string{"colour": "red"}}); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: name, Key: aws.String("a b/ü")})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || string(body) != "hello" || got.Metadata["colour"] != "red" {
		t.Fatal(string(body), got.Metadata, err)
	}
	var missing *types.NoSuchKey
	_, err = client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: name, Key: aws.String("nope")})
	if !errors.As(err, &missing) {
		t.Fatal(err)
	}
}

func TestTheTransferManagerMovesLongObjects(t *testing.T) {
	client, name := bucket(t, "go-parts")
	manager := transfermanager.New(client, func(options *transfermanager.Options) {
		options.PartSizeBytes, options.MultipartUploadThreshold, options.Concurrency = 5*mib, 5*mib, 4
	})
	content := noise(23*mib + 11)
	// A reader that cannot say how long it is.
	stream := io.MultiReader(bytes.NewReader(content[:7*mib]), bytes.NewReader(content[7*mib:]))
	if _, err := manager.UploadObject(context.Background(),
		&transfermanager.UploadObjectInput{Bucket: name, Key: aws.String("long"), Body: stream}); err != nil {
		t.Fatal(err)
	}
	head, err := client.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: name, Key: aws.String("long")})
	if err != nil || !strings.HasSuffix(*head.ETag, "-5\"") {
		t.Fatal(head, err)
	}
	back, err := os.Create(filepath.Join(t.TempDir(), "back"))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if _, err := manager.DownloadObject(context.Background(),
		&transfermanager.DownloadObjectInput{Bucket: name, Key: aws.String("long"), WriterAt: back}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(back.Name()); err != nil || !bytes.Equal(got, content) {
		t.Fatal("other bytes came back", len(got), err)
	}
}

func TestFoldersMakeTheRoundTrip(t *testing.T) {
	client, name := bucket(t, "go-folder")
	manager := transfermanager.New(client)
	source, back := t.TempDir(), t.TempDir()
	for i := 0; i < 60; i++ {
		file := filepath.Join(source, fmt.Sprint(i%4), fmt.Sprintf("file %d", i))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, noise(i*100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := manager.UploadDirectory(context.Background(), &transfermanager.UploadDirectoryInput{
		Bucket: name, Source: &source, Recursive: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := manager.DownloadDirectory(context.Background(), &transfermanager.DownloadDirectoryInput{
		Bucket: name, Destination: &back}); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 60; i++ {
		got, err := os.ReadFile(filepath.Join(back, fmt.Sprint(i%4), fmt.Sprintf("file %d", i)))
		if err != nil || !bytes.Equal(got, noise(i*100)) {
			t.Fatal(i, err)
		}
	}
}
