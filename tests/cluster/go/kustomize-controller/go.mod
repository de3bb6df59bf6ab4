module wheelhouse.test/cluster/kustomize-controller

go 1.26.0

// Only for its definition: nothing is built of it.
require github.com/fluxcd/kustomize-controller v1.9.4
