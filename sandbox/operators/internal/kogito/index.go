package kogito

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/graphql-go/graphql"

	"orchestrator-sandbox/operators/internal/kube"
)

// index is Data Index: what runtimes have told it, and GraphQL to ask for that. It forgets nothing: no mutation of upstream's
// deletes a definition or an instance (kogito-apps at 9e1900f, data-index/data-index-graphql/src/main/resources/graphql/basic.schema.graphqls).
type index struct {
	schema graphql.Schema

	mu sync.Mutex
	// definitions by id and version: of two workflows with the same, the later takes the place of the other (the same,
	// data-index/data-index-common/src/main/java/org/kie/kogito/index/service/IndexingService.java, indexProcessDefinition).
	definitions map[[2]string]kube.M
	instances   map[string]kube.M
}

func newIndex() *index {
	i := &index{definitions: map[[2]string]kube.M{}, instances: map[string]kube.M{}}
	schema, err := graphql.NewSchema(graphql.SchemaConfig{Query: i.query()})
	if err != nil {
		panic(err) // it is written below
	}
	i.schema = schema
	return i
}

// query is that part of the schema which is played.
func (i *index) query() *graphql.Object {
	text := graphql.NewInputObject(graphql.InputObjectConfig{Name: "StringArgument", Fields: graphql.InputObjectConfigFieldMap{
		"equal": {Type: graphql.String},
		"in":    {Type: graphql.NewList(graphql.NewNonNull(graphql.String))},
	}})
	id := graphql.NewInputObject(graphql.InputObjectConfig{Name: "IdArgument", Fields: graphql.InputObjectConfigFieldMap{
		"equal": {Type: graphql.String},
		"in":    {Type: graphql.NewList(graphql.NewNonNull(graphql.String))},
	}})
	state := graphql.NewEnum(graphql.EnumConfig{Name: "ProcessInstanceState", Values: graphql.EnumValueConfigMap{
		"PENDING": {Value: "PENDING"}, "ACTIVE": {Value: "ACTIVE"}, "COMPLETED": {Value: "COMPLETED"},
		"ABORTED": {Value: "ABORTED"}, "SUSPENDED": {Value: "SUSPENDED"}, "ERROR": {Value: "ERROR"},
	}})
	definition := graphql.NewObject(graphql.ObjectConfig{Name: "ProcessDefinition", Fields: graphql.Fields{
		"id": {Type: graphql.NewNonNull(graphql.String)}, "name": {Type: graphql.String}, "version": {Type: graphql.String},
		"type": {Type: graphql.String}, "endpoint": {Type: graphql.String}, "serviceUrl": {Type: graphql.String},
		"description": {Type: graphql.String},
	}})
	problem := graphql.NewObject(graphql.ObjectConfig{Name: "ProcessInstanceError", Fields: graphql.Fields{
		"nodeDefinitionId": {Type: graphql.NewNonNull(graphql.String)}, "message": {Type: graphql.String},
	}})
	instance := graphql.NewObject(graphql.ObjectConfig{Name: "ProcessInstance", Fields: graphql.Fields{
		"id": {Type: graphql.NewNonNull(graphql.String)}, "processId": {Type: graphql.NewNonNull(graphql.String)},
		"processName": {Type: graphql.String}, "version": {Type: graphql.String}, "state": {Type: state},
		"endpoint": {Type: graphql.NewNonNull(graphql.String)}, "start": {Type: graphql.DateTime}, "end": {Type: graphql.DateTime},
		"error": {Type: problem},
	}})
	where := func(name string, fields graphql.InputObjectConfigFieldMap) graphql.FieldConfigArgument {
		return graphql.FieldConfigArgument{"where": {Type: graphql.NewInputObject(graphql.InputObjectConfig{Name: name, Fields: fields})}}
	}
	return graphql.NewObject(graphql.ObjectConfig{Name: "Query", Fields: graphql.Fields{
		"ProcessDefinitions": {
			Type:    graphql.NewList(definition),
			Args:    where("ProcessDefinitionArgument", graphql.InputObjectConfigFieldMap{"id": {Type: text}, "name": {Type: text}, "version": {Type: text}}),
			Resolve: func(p graphql.ResolveParams) (any, error) { return chosen(p, values(i, i.definitions)), nil },
		},
		"ProcessInstances": {
			Type:    graphql.NewList(instance),
			Args:    where("ProcessInstanceArgument", graphql.InputObjectConfigFieldMap{"id": {Type: id}, "processId": {Type: text}}),
			Resolve: func(p graphql.ResolveParams) (any, error) { return chosen(p, values(i, i.instances)), nil },
		},
	}})
}

func values[K comparable](i *index, of map[K]kube.M) []kube.M {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := []kube.M{}
	for _, value := range of {
		all = append(all, value)
	}
	return all
}

// chosen are those that a query is about.
func chosen(p graphql.ResolveParams, all []kube.M) []kube.M {
	where, _ := p.Args["where"].(map[string]any)
	return slices.DeleteFunc(all, func(entry kube.M) bool {
		for field, argument := range where {
			condition, _ := argument.(map[string]any)
			if equal, has := condition["equal"]; has && entry[field] != equal {
				return true
			}
			if in, has := condition["in"].([]any); has && !slices.Contains(in, entry[field]) {
				return true
			}
		}
		return false
	})
}

func (i *index) define(definition kube.M) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.definitions[[2]string{definition["id"].(string), definition["version"].(string)}] = definition
}

// put has an event of an instance come in.
func (i *index) put(instance kube.M) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.instances[instance["id"].(string)] = instance
}

// ServeHTTP answers GraphQL, as Quarkus does: by status 200, with the errors in the answer.
func (i *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/graphql" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	var asked struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := graphql.Do(graphql.Params{Schema: i.schema, RequestString: asked.Query, VariableValues: asked.Variables, Context: r.Context()})
	reply(w, http.StatusOK, answer)
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}
