package apply

// scripts are chains for what chance seldom finds.
func scripts() []chain {
	widget := func(spec object) object {
		return named(object{"spec": spec}, kind{name: "Widget", gvk: kinds()[6].gvk})
	}
	config := func(annotation string, data object) object {
		out := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "x"}, "data": data}
		if annotation != "" {
			out["metadata"].(object)["annotations"] = object{"kubectl.kubernetes.io/last-applied-configuration": annotation}
		}
		return out
	}
	owned := func(o object, version string, fields object) object {
		meta := o["metadata"].(object)
		meta["uid"] = "u"
		meta["managedFields"] = []any{object{"manager": "helm", "operation": "Update", "apiVersion": version, "fieldsType": "FieldsV1",
			"fieldsV1": fields, "time": "1999-12-31T23:59:00Z"}}
		return o
	}
	names := object{"f:spec": object{"f:names": object{".": object{}, `v:"a"`: object{}}}}
	parts := func(counts ...any) object {
		list := []any{}
		for _, count := range counts {
			list = append(list, object{"name": "a", "count": count})
		}
		return widget(object{"parts": list})
	}
	update := func(o object) step { return step{Op: "update", Manager: "kubectl-edit", Object: o} }
	apply := func(o object) step { return step{Op: "apply", Manager: "kubectl", Object: o} }
	twice := object{"names": []any{"a", "a"}}
	chains := []chain{
		// What stands twice cannot be read in another version.
		{Kind: "Widget", Start: owned(widget(object{"names": []any{"a"}}), "example.dev/v1beta1", names), Steps: []step{
			update(widget(twice)), apply(widget(object{"names": []any{"b"}})), apply(widget(object{}))}},
		{Kind: "Widget", Start: owned(widget(twice), "example.dev/v1beta1", names), Steps: []step{
			update(widget(object{"names": []any{"b"}})), apply(widget(object{"names": []any{"b"}}))}},
		// Items that stand twice, before and after.
		{Kind: "Widget", Steps: []step{
			update(parts(int64(1))), apply(parts(int64(2))), update(parts(int64(1), int64(2))), update(parts(int64(1), int64(3))),
			update(parts(int64(1), int64(3), int64(4))), update(parts(int64(1), int64(3), int64(4))), apply(parts(int64(3))), apply(widget(object{})),
			update(parts(int64(5))), update(parts()), update(parts(int64(1), int64(1)))}},
		{Kind: "Widget", Steps: []step{
			apply(widget(object{"parts": []any{"a"}})), apply(widget(object{"parts": []any{nil}})), update(widget(object{"parts": []any{int64(1)}})),
			apply(widget(object{"ports": []any{object{"name": "a"}, object{"protocol": "UDP"}}})),
			apply(widget(object{"parts": []any{object{"count": int64(1)}}})), apply(widget(object{"on": "x", "parts": []any{}})),
			apply(widget(object{"names": []any{"a", "a", "b", "b", "a"}}))}},
	}
	for _, annotation := range []string{
		"", "{", "[]", `{"kind":"ConfigMap","apiVersion":"v9"}`, `{"apiVersion":"v1","data":{"a":"1"}}`,
		`{"kind":"ConfigMap","apiVersion":"v1","nowhere":1}`,
		`{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"1"}}`, `{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"1","b":"1"}}`,
		`{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"0"}}`,
	} {
		live := func() object {
			return owned(config(annotation, object{"a": "1", "b": "1"}), "v1", object{"f:data": object{"f:a": object{}, "f:b": object{}}})
		}
		same := apply(config("", object{"a": "2"}))
		same.Manager = "helm-controller"
		own := apply(config("x", object{"a": "2", "b": "2"}))
		chains = append(chains, chain{Kind: "ConfigMap", Start: live(), Steps: []step{
			same, apply(config("", object{"a": "2"})), apply(config("", object{"a": "3", "b": "2", "c": "<"})), own}})
	}
	return chains
}

// play judges the steps of a script.
func (c *chain) play(j *judge) {
	live := c.Start
	if live == nil {
		live = j.empty()
	}
	for at := range c.Steps {
		live = j.run(live, &c.Steps[at])
	}
}
