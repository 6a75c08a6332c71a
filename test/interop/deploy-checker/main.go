// Reads what stands in deploy/ as those who take it do: manifests by the types of Kubernetes' own
// API, where a field that there is not is an error, and the compose file by the loader of docker
// compose. Prints what it found as JSON; what is wrong goes to stderr, and the exit code is 1.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Kinds that may stand in a manifest, by apiVersion and kind.
var kinds = map[string]func() any{
	"apps/v1 StatefulSet":           func() any { return &appsv1.StatefulSet{} },
	"policy/v1 PodDisruptionBudget": func() any { return &policyv1.PodDisruptionBudget{} },
	"v1 Service":                    func() any { return &corev1.Service{} },
}

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: deploy-checker kubernetes|compose FILE")
	}
	var found any
	var err error
	switch args[0] {
	case "kubernetes":
		found, err = checkManifests(args[1])
	case "compose":
		found, err = checkCompose(args[1])
	default:
		err = fmt.Errorf("%s is none of kubernetes, compose", args[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func checkManifests(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	found := []string{}
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(document, &meta); err != nil {
			return nil, err
		}
		name := meta.APIVersion + " " + meta.Kind
		make, isKnown := kinds[name]
		if !isKnown {
			return nil, fmt.Errorf("%q is no kind that is known here", name)
		}
		if err := yaml.UnmarshalStrict(document, make()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found = append(found, name)
	}
}

func checkCompose(file string) ([]string, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.ServiceNames(), nil
}
