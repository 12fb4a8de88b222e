package orchestrator

import (
	"fmt"
	"maps"
	"slices"

	"orchestrator-sandbox/operators/internal/kube"
)

const tektonAPI = "tekton.dev/v1"

// tekton renders what builds workflows. Each kind has its own gate on its API; without it, as without a key for the
// cluster's token, the chart leaves it out and says nothing.
func (r *renderer) tekton() error {
	if !r.values.on("tekton.enabled") || !r.values.on("argocd.enabled") || r.values.str("rhdhOperator.secretRef.k8s.clusterToken") == "" {
		return nil
	}
	for _, part := range []struct {
		kind      string
		manifests func(namespace string) ([]kube.M, error)
	}{{"Task", r.tasks}, {"Pipeline", r.pipeline}} {
		served, err := r.cluster.Served(r.ctx, tektonAPI, part.kind)
		if err != nil {
			return err
		}
		if !served {
			continue
		}
		namespace, err := r.namespaceOr("argocd.namespace", argocdLabel)
		if err != nil {
			return err
		}
		manifests, err := part.manifests(namespace)
		if err != nil {
			return err
		}
		r.add(manifests...)
	}
	return nil
}

func (r *renderer) tasks(namespace string) ([]kube.M, error) { return tasks(namespace), nil }

func (r *renderer) pipeline(namespace string) ([]kube.M, error) {
	author := gitAuthor{"Parodos Tekton Pipeline", "parodos@redhat.com"}
	if r.chart.minor == 3 {
		author = gitAuthor{"RHDH Orchestrator Tekton Pipeline", "rhdhorchestrator@redhat.com"}
	}
	if r.chart.minor <= 3 {
		return []kube.M{pipeline(namespace, author, clusterTask)}, nil
	}
	subscription, err := r.cluster.Get(r.ctx, "operators.coreos.com/v1alpha1", "Subscription", "openshift-operators", "openshift-pipelines-operator-rh")
	if err != nil {
		return nil, err
	}
	var csv string
	if subscription != nil {
		csv = kube.Str(subscription, "status", "installedCSV")
	}
	if csv == "" {
		return nil, fmt.Errorf(`template: orchestrator/templates/_helpers.tpl: executing "get-tekton-version": nil pointer evaluating interface {}.installedCSV`)
	}
	buildah := clusterTask
	if chartOf(kube.Operator{CSV: csv}.Version()).minor >= 17 {
		buildah = resolvedTask
	}
	return []kube.M{pipeline(namespace, author14, buildah)}, nil
}

// gitAuthor is who the Pipeline commits as.
type gitAuthor struct{ name, email string }

var author14 = gitAuthor{"The Orchestrator Tekton Pipeline", "rhdhorchestrator@redhat.com"}

// The image is built by buildah: a ClusterTask, which Pipelines has up to 1.16 only, or what came in its place.
var (
	clusterTask  = kube.M{"name": "buildah", "kind": "ClusterTask"}
	resolvedTask = kube.M{"resolver": "cluster", "params": kube.L{
		kube.M{"name": "kind", "value": "task"},
		kube.M{"name": "name", "value": "buildah"},
		kube.M{"name": "namespace", "value": "openshift-pipelines"},
	}}
)

// tasks have the names, workspaces and parameters of the chart's; their scripts only say what the chart's would do.
func tasks(namespace string) []kube.M {
	const minimal = "registry.access.redhat.com/ubi9-minimal"
	gitCli := task(namespace, "git-cli", kube.M{
		"workspaces": kube.L{
			named("source"), optional("input"), optional("ssh-directory"), optional("basic-auth"),
		},
		"params": kube.L{
			param("BASE_IMAGE", "cgr.dev/chainguard/git:root-2.39"), param("GIT_USER_NAME", ""), param("GIT_USER_EMAIL", ""),
			param("GIT_SCRIPT", ""), param("USER_HOME", "/root"), param("VERBOSE", "true"),
		},
		"results": kube.L{kube.M{"name": "commit", "description": "The commit that was checked out"}},
		"steps": kube.L{kube.M{
			"name": "git", "image": "$(params.BASE_IMAGE)", "workingDir": "$(workspaces.source.path)",
			"securityContext": kube.M{"runAsNonRoot": true, "runAsUser": 65532},
			"script":          "#!/usr/bin/env sh\nset -eu\n$(params.GIT_SCRIPT)\ngit rev-parse HEAD | tr -d '\\n' > $(results.commit.path)\n",
		}},
	})
	gitCli["metadata"].(kube.M)["labels"] = kube.M{"app.kubernetes.io/version": "0.4"}
	step := func(name, script string) kube.L {
		return kube.L{kube.M{"name": name, "image": minimal, "workingDir": "$(workspaces.workflow-source.path)", "script": script}}
	}
	return []kube.M{
		gitCli,
		task(namespace, "flattener", kube.M{
			"workspaces": kube.L{named("workflow-source")},
			"params":     kube.L{param("workflowId"), param("convertToFlat", "true")},
			"steps":      step("flatten", "echo laying $(params.workflowId) out flat: $(params.convertToFlat)"),
		}),
		task(namespace, "build-manifests", kube.M{
			"workspaces": kube.L{named("workflow-source")},
			"params":     kube.L{param("workflowId")},
			"steps":      step("build-manifests", "echo generating the manifests of $(params.workflowId)"),
		}),
		task(namespace, "build-gitops", kube.M{
			"workspaces": kube.L{named("workflow-source"), named("workflow-gitops")},
			"params":     kube.L{param("workflowId"), param("imageTag")},
			"steps":      step("build-gitops", "echo setting the image of $(params.workflowId) to $(params.imageTag)"),
		}),
	}
}

// pipeline is the graph of the chart.
func pipeline(namespace string, author gitAuthor, buildah kube.M) kube.M {
	const commit = "$(tasks.fetch-workflow.results.commit)"
	git := func(name, workspace, script string, after ...string) kube.M {
		return pipelineTask(name, after, kube.M{"name": "git-cli"},
			kube.M{"source": workspace, "ssh-directory": "ssh-creds"},
			kube.M{
				"GIT_USER_NAME": author.name, "GIT_USER_EMAIL": author.email,
				"USER_HOME": "/home/git", "GIT_SCRIPT": script,
			})
	}
	workflow, both := kube.M{"workflow-source": "workflow-source"}, kube.M{"workflow-source": "workflow-source", "workflow-gitops": "workflow-gitops"}
	id := "$(params.workflowId)"
	return kube.M{
		"apiVersion": tektonAPI,
		"kind":       "Pipeline",
		"metadata":   kube.M{"name": "workflow-deployment", "namespace": namespace},
		"spec": kube.M{
			"params": kube.L{
				param("gitUrl"), param("gitOpsUrl"), param("workflowId"), param("convertToFlat", "true"),
				param("quayOrgName"), param("quayRepoName"),
			},
			"workspaces": kube.L{named("workflow-source"), named("workflow-gitops"), named("ssh-creds"), named("docker-credentials")},
			"tasks": kube.L{
				git("fetch-workflow", "workflow-source", "git clone $(params.gitUrl) workflow"),
				git("fetch-workflow-gitops", "workflow-gitops", "git clone $(params.gitOpsUrl) workflow-gitops"),
				pipelineTask("flatten-workflow", []string{"fetch-workflow"}, kube.M{"name": "flattener"}, workflow,
					kube.M{"workflowId": id, "convertToFlat": "$(params.convertToFlat)"}),
				pipelineTask("build-manifests", []string{"flatten-workflow"}, kube.M{"name": "build-manifests"}, workflow,
					kube.M{"workflowId": id}),
				pipelineTask("build-gitops", []string{"build-manifests", "fetch-workflow-gitops"}, kube.M{"name": "build-gitops"}, both,
					kube.M{"workflowId": id, "imageTag": commit}),
				pipelineTask("build-and-push-image", []string{"flatten-workflow"}, buildah,
					kube.M{"source": "workflow-source", "dockerconfig": "docker-credentials"},
					kube.M{
						"IMAGE":            "quay.io/$(params.quayOrgName)/$(params.quayRepoName):" + commit,
						"DOCKERFILE":       "flat/workflow-builder.Dockerfile",
						"CONTEXT":          "flat/" + id,
						"BUILD_EXTRA_ARGS": `--authfile=/workspace/dockerconfig/.dockerconfigjson --ulimit nofile=4096:4096 --build-arg WF_RESOURCES="."`,
					}),
				git("push-workflow-gitops", "workflow-gitops", "cd workflow-gitops\ngit add .\ngit commit -m 'Deploy "+commit+"'\ngit push origin main",
					"build-gitops", "build-and-push-image"),
			},
		},
	}
}

func task(namespace, name string, spec kube.M) kube.M {
	return kube.M{"apiVersion": tektonAPI, "kind": "Task", "metadata": kube.M{"name": name, "namespace": namespace}, "spec": spec}
}

func named(name string) kube.M { return kube.M{"name": name} }

func optional(workspace string) kube.M { return kube.M{"name": workspace, "optional": true} }

// param is a parameter of type string, with a default if one is given.
func param(name string, value ...string) kube.M {
	p := kube.M{"name": name, "type": "string"}
	if len(value) > 0 {
		p["default"] = value[0]
	}
	return p
}

// pipelineTask is one node of a Pipeline's graph; workspaces and params come in the order of their names.
func pipelineTask(name string, after []string, ref, workspaces, params kube.M) kube.M {
	list := func(from kube.M, field string) kube.L {
		var entries kube.L
		for _, key := range slices.Sorted(maps.Keys(from)) {
			entries = append(entries, kube.M{"name": key, field: from[key]})
		}
		return entries
	}
	t := kube.M{"name": name, "taskRef": ref, "workspaces": list(workspaces, "workspace"), "params": list(params, "value")}
	if len(after) > 0 {
		t["runAfter"] = after
	}
	return t
}
