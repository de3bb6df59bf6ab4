package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// What documents of Flux and of the projects that it speaks of show, and what people write beside it.
var usual = []string{
	`status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')`,
	`status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False')`,
	`status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True' && e.observedGeneration == metadata.generation)`,
	`status.conditions.filter(e, e.type == 'Synced').all(e, e.status == 'True')`,
	`status.conditions.filter(e, e.type == 'Synced').all(e, e.status == 'False')`,
	`has(status.observedGeneration) && metadata.generation != status.observedGeneration`,
	`has(status.observedGeneration) && status.observedGeneration == metadata.generation`,
	`metadata.generation != status.observedGeneration`,
	`status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')`,
	`status.conditions.exists(e, e.type == "Ready" && e.observedGeneration == metadata.generation && e.status == "True")`,
	`status.conditions.exists_one(e, e.type == 'Ready')`,
	`status.conditions.filter(e, e.type == 'Issuing').all(e, e.observedGeneration == metadata.generation && e.status == 'False')`,
	`status.conditions.filter(e, e.type == 'Issuing').all(e, e.reason == 'Failed')`,
	`has(status.failedIssuanceAttempts) && status.failedIssuanceAttempts > 3`,
	`status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False' && has(e.severity) && e.severity == 'Error')`,
	`status.conditions.filter(e, e.type == 'Ready').size() > 0`,
	`size(status.conditions.filter(e, e.type == 'Ready')) == 1`,
	`status.conditions.map(e, e.type).exists(t, t in ['Ready', 'Synced'])`,
	`'Ready' in status.conditions.map(e, e.type)`,
	`status.conditions.filter(c, c.type == 'Ready')[0].status == 'True'`,
	`status.conditions[0].status == 'True'`,
	`status.conditions[0].reason.startsWith('Secret')`,
	`status.phase == 'Provisioned'`,
	`status.phase in ['Provisioned', 'Running', 'Ready']`,
	`has(status.phase) && status.phase == 'Failed'`,
	`status.infrastructureReady && status.controlPlaneReady`,
	`has(status.infrastructureReady) && status.infrastructureReady == true`,
	`has(status.failureReason) || has(status.failureMessage)`,
	`has(status.failureDomains) && status.failureDomains.all(d, d != '')`,
	`status.failureDomains.exists(d, status.failureDomains[d].controlPlane)`,
	`status.instances == status.readyInstances`,
	`has(status.instances) && has(status.readyInstances) && status.readyInstances == status.instances`,
	`status.readyInstances < spec.instances`,
	`spec.instances - status.readyInstances <= 1`,
	`status.instancesStatus.healthy.size() == spec.instances`,
	`size(status.instancesStatus) > 1 && 'orders-1' in status.instancesStatus.healthy`,
	`!has(status.conditions)`,
	`has(status.conditions)`,
	`has(status)`,
	`has(metadata.deletionTimestamp)`,
	`!has(metadata.deletionTimestamp) && has(status.conditions)`,
	`has(status.conditions) && status.conditions.size() > 0 && status.conditions.all(e, e.status != 'Unknown')`,
	`has(status.conditions) ? status.conditions.exists(e, e.status == 'True') : false`,
	`status.?conditions.orValue([]).exists(e, e.type == 'Ready' && e.status == 'True')`,
	`status.?phase.orValue('') == 'Provisioned'`,
	`status[?'phase'].orValue('Unknown') == 'Unknown'`,
	`status.?conditions.hasValue()`,
	`status.?acme.?uri.orValue('') != ''`,
	`status.?acme.uri.hasValue()`,
	`status.?conditions.optMap(c, c.size()).orValue(0) == 1`,
	`status.?conditions[?0].?status.orValue('') == 'True'`,
	`status.acme.uri != ''`,
	`kind == 'Certificate' && apiVersion.startsWith('cert-manager.io/')`,
	`apiVersion.matches('^cert-manager[.]io/v[0-9]+$')`,
	`metadata.name.matches('^[a-z0-9-]+$')`,
	`metadata.labels['app.kubernetes.io/name'] == 'web'`,
	`'app.kubernetes.io/name' in metadata.labels`,
	`has(metadata.annotations) && 'cert-manager.io/issue' in metadata.annotations`,
	`timestamp(status.notAfter) > timestamp('2026-01-01T00:00:00Z')`,
	`timestamp(status.notAfter) - timestamp(status.notBefore) > duration('24h')`,
	`duration(spec.duration) == duration('90h') + duration('2070h')`,
	`timestamp(status.refreshTime).getFullYear() == 2026`,
	`timestamp(status.conditions[0].lastTransitionTime) < timestamp(status.notAfter)`,
	`status.revision >= 3`,
	`int(status.observedGeneration) == metadata.generation`,
	`string(status.revision) == '3'`,
	`spec.dnsNames.all(n, n.endsWith('.example'))`,
	`spec.dnsNames.exists(n, n.contains('shop'))`,
	`spec.dnsNames.join(',') == 'shop.example,www.shop.example'`,
	`spec.secretName.split('-')[1] == 'tls'`,
	`status.syncedResourceVersion.split('-').size() == 2`,
	`status.syncedResourceVersion.indexOf('-') == 1`,
	`spec.secretName.replace('-tls', '') == metadata.name`,
	`metadata.name.upperAscii() == 'WEB'`,
	`status.conditions.all(e, e.status in ['True', 'False', 'Unknown'])`,
	`status.conditions.all(e, has(e.reason) && e.reason != '')`,
	`status.conditions.filter(e, e.type in ['Ready', 'Synced']).all(e, e.status == 'True')`,
	`status.conditions.filter(e, e.type == 'Ready' || e.type == 'Synced').map(e, e.status) == ['True', 'True']`,
	`status.conditions.map(e, e.type == 'Ready', e.status) == ['True']`,
	`sets.contains(status.conditions.map(e, e.type), ['Ready'])`,
	`sets.intersects(status.conditions.map(e, e.type), ['Ready', 'Synced'])`,
	`sets.equivalent(status.conditions.map(e, e.type), ['Ready'])`,
	`true`, `false`, `!false`, `status`, `spec.size`, `status.missing`, `missing`, `missing.status`, `has(missing.status)`,
	`has(status.missing.deeper)`, `status.missing == 1`, `status.missing || true`, `true || status.missing`,
	`status.missing && false`, `false && status.missing`, `status.missing || false`, `status.conditions == []`,
	`status == null`, `status.conditions == null`, `status != null && has(status.conditions)`, `size(status) == 0`,
	`status.conditions.exists(e, e.type == 'Ready') || status.conditions.exists(e, e.type == 'Synced')`,
	`status.conditions.filter(e, has(e.type)).exists(e, e.type == 'Ready')`,
	`status.conditions.filter(e, type(e) == map).exists(e, has(e.type) && e.type == 'Ready')`,
	`status.ready`, `immutable`, `type == 'Opaque'`, `type(kind) == string`, `int == 7`, `int(size) == 3`, `size == 3`,
	`size(data) == 2`, `data['a-b'] == 'eA=='`, `data['c.d'] == '1'`, `e == 9`, `[1].all(e, e == 1)`, `[1].all(kind, kind == 1)`,
	`base64.decode(data['a-b']) == b'x'`, `[e].exists(e, e == 9)`, `.e == 9`, `[1].exists(e, .e == 9)`,
}

// Leaves of every type, those at the edges of their range among them.
var leaves = map[string][]string{
	"bool": {`true`, `false`, `status.ready`, `status.no`},
	"int": {`0`, `1`, `-1`, `2`, `3`, `42`, `0x1F`, `-0x10`, `9223372036854775807`, `-9223372036854775808`, `status.zero`, `status.one`,
		`status.minus`, `status.big`, `status.small`},
	"uint":      {`0u`, `1u`, `3u`, `42U`, `0xFFu`, `18446744073709551615u`, `9223372036854775808u`},
	"double":    {`0.0`, `-0.0`, `1.0`, `-1.0`, `1.5`, `.5`, `2e3`, `1e308`, `4e-7`, `9007199254740993.0`, `9223372036854775807.0`, `18446744073709551616.0`, `(0.0 / 0.0)`, `(1.0 / 0.0)`, `(-1.0 / 0.0)`, `status.half`, `status.whole`, `status.huge`, `status.wide`},
	"string":    {`''`, `'a'`, `"abc"`, `'ABC'`, `'héllo'`, `'日本語'`, `'😀x'`, `' padded\t\n'`, `'42'`, `'-7'`, `'1.5'`, `'true'`, `'1h'`, `'2026-03-01T07:30:00Z'`, `'a,b,,c'`, `r'\d'`, `'''it's'''`, `"\u00e9\x41\101\n"`, `status.text`, `status.empty`, `status.number`, `status.time`, `status.span`},
	"bytes":     {`b''`, `b'abc'`, `b'\xff\x00'`, `b'é'`, `bytes('日')`},
	"null":      {`null`, `status.none`},
	"list":      {`[]`, `[1, 2, 3]`, `[1, 2.0, 3u]`, `['a', 'b']`, `['b', 'a', 'a']`, `[1, 'a', null]`, `[[1], [2]]`, `[1.0, 2.0]`, `status.list`, `status.mixed`, `status.nothing`, `status.names`, `status.repeated`, `status.pairs`},
	"map":       {`{}`, `{'a': 1}`, `{'a': 1, 'b': 2}`, `{1: 'x'}`, `{1u: 'x'}`, `{true: 1}`, `{'a': {'b': 1}}`, `{'a': 1.0}`, `status.map`, `status["no map"]`, `status.nested`},
	"duration":  {`duration('0s')`, `duration('1h')`, `duration('-1.5h')`, `duration('90m')`, `duration('1ms2us3ns')`, `duration(status.span)`},
	"timestamp": {`timestamp('2026-03-01T07:30:00Z')`, `timestamp('2026-03-01T08:30:00+01:00')`, `timestamp('1969-12-31T23:59:59.999Z')`, `timestamp('0001-01-01T00:00:00Z')`, `timestamp('9999-12-31T23:59:59.999999999Z')`, `timestamp(0)`, `timestamp(status.time)`},
	"optional":  {`optional.none()`, `optional.of(1)`, `optional.of('a')`, `optional.ofNonZeroValue(0)`, `optional.ofNonZeroValue('x')`, `status.?text`, `status.?missing`, `status.?nested.deep`, `status[?'one']`},
	"type":      {`type(1)`, `int`, `google.protobuf.Timestamp`},
	"missing":   {`status.missing`, `missing`, `status.missing.deeper`, `status.list[9]`, `status.map.c`},
}

var kinds = []string{"bool", "int", "uint", "double", "string", "bytes", "null", "list", "map", "duration", "timestamp", "optional", "missing", "type"}

var operators = []string{"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "in", "&&", "||"}

// A member function's arguments by kind, the receiver first; a global function has the receiver as its first argument.
var functions = []struct {
	name   string
	global bool
	kinds  []string
}{
	{"size", true, []string{"string"}}, {"size", true, []string{"list"}}, {"size", false, []string{"map"}}, {"size", false, []string{"bytes"}},
	{"type", true, []string{"any"}}, {"dyn", true, []string{"any"}},
	{"int", true, []string{"any"}}, {"int", true, []string{"string"}}, {"int", true, []string{"double"}}, {"int", true, []string{"uint"}}, {"int", true, []string{"timestamp"}},
	{"uint", true, []string{"any"}}, {"uint", true, []string{"string"}}, {"uint", true, []string{"double"}}, {"uint", true, []string{"int"}},
	{"double", true, []string{"any"}}, {"double", true, []string{"string"}}, {"double", true, []string{"int"}},
	{"string", true, []string{"any"}}, {"string", true, []string{"int"}}, {"string", true, []string{"double"}}, {"string", true, []string{"timestamp"}}, {"string", true, []string{"duration"}}, {"string", true, []string{"bytes"}},
	{"bool", true, []string{"any"}}, {"bool", true, []string{"string"}}, {"bytes", true, []string{"string"}}, {"bytes", true, []string{"any"}},
	{"duration", true, []string{"string"}}, {"duration", true, []string{"any"}}, {"timestamp", true, []string{"string"}}, {"timestamp", true, []string{"int"}}, {"timestamp", true, []string{"any"}},
	{"startsWith", false, []string{"string", "string"}}, {"endsWith", false, []string{"string", "string"}}, {"contains", false, []string{"string", "string"}},
	{"startsWith", false, []string{"any", "any"}}, {"contains", false, []string{"list", "any"}},
	{"charAt", false, []string{"string", "int"}}, {"indexOf", false, []string{"string", "string"}}, {"indexOf", false, []string{"string", "string", "int"}},
	{"lastIndexOf", false, []string{"string", "string"}}, {"lastIndexOf", false, []string{"string", "string", "int"}},
	{"lowerAscii", false, []string{"string"}}, {"upperAscii", false, []string{"string"}}, {"trim", false, []string{"string"}}, {"reverse", false, []string{"string"}},
	{"replace", false, []string{"string", "string", "string"}}, {"replace", false, []string{"string", "string", "string", "int"}},
	{"split", false, []string{"string", "string"}}, {"split", false, []string{"string", "string", "int"}},
	{"substring", false, []string{"string", "int"}}, {"substring", false, []string{"string", "int", "int"}},
	{"join", false, []string{"list"}}, {"join", false, []string{"list", "string"}}, {"format", false, []string{"string", "list"}}, {"strings.quote", true, []string{"string"}},
	{"base64.encode", true, []string{"bytes"}}, {"base64.decode", true, []string{"string"}}, {"base64.encode", true, []string{"any"}},
	{"sets.contains", true, []string{"list", "list"}}, {"sets.equivalent", true, []string{"list", "list"}}, {"sets.intersects", true, []string{"list", "list"}},
	{"getFullYear", false, []string{"timestamp"}}, {"getMonth", false, []string{"timestamp"}}, {"getDate", false, []string{"timestamp"}}, {"getDayOfMonth", false, []string{"timestamp"}},
	{"getDayOfWeek", false, []string{"timestamp"}}, {"getDayOfYear", false, []string{"timestamp"}}, {"getHours", false, []string{"timestamp"}}, {"getMinutes", false, []string{"timestamp"}},
	{"getSeconds", false, []string{"timestamp"}}, {"getMilliseconds", false, []string{"timestamp"}},
	{"getHours", false, []string{"duration"}}, {"getMinutes", false, []string{"duration"}}, {"getSeconds", false, []string{"duration"}}, {"getMilliseconds", false, []string{"duration"}},
	{"getHours", false, []string{"timestamp", "string"}},
	{"hasValue", false, []string{"optional"}}, {"value", false, []string{"optional"}}, {"orValue", false, []string{"optional", "any"}}, {"or", false, []string{"optional", "optional"}},
	{"hasValue", false, []string{"any"}}, {"optional.of", true, []string{"any"}}, {"optional.ofNonZeroValue", true, []string{"any"}},
	{"first", false, []string{"list"}}, {"last", false, []string{"list"}}, {"optional.unwrap", true, []string{"list"}}, {"unwrapOpt", false, []string{"list"}},
	{"unknown", true, []string{"any"}}, {"unknown", false, []string{"any"}}, {"flatten", false, []string{"list"}}, {"math.greatest", true, []string{"int", "int"}},
}

var single = []string{"-%s", "!%s", "--%s", "!!%s", "%s.field", "has(%s.field)", "%s.a", "has(%s.a)", "%s[0]", "%s['a']", "%s[1.0]", "%s[1u]", "%s[true]",
	"%s.?a", "%s[?0]", "%s[?'a']", "%s ? 1 : 2", "%s ? true : false", "[%s].size() == 1", "{'k': %s}.k == %s", "[%s] == [%s]", "[?%s].size()", "{?'k': %s}.size()",
	"%s == %s", "%s in [%s]", "%s.all(x, true)", "%s.exists(x, x == 1)", "%s.map(x, x)", "%s.filter(x, x == 'a')", "type(%s) == int", "%s == dyn(%s)", "{%s: 1}.size()",
	"%s.optMap(v, v + 1).orValue(7)", "%s.optFlatMap(v, optional.of(v)).hasValue()", "%s.exists_one(x, x == 1)"}

var bodies = []string{"true", "false", "x == 1", "x > 1", "x == 'a'", "x.v > 1", "has(x.k)", "x in [1, 2]", "x", "1 / (x - 1) == 1", "x == 1 || x.missing", "!(x == 1)", "status.ready", "size(x) > 0", "x.k == 'a'",
	"[x].exists(y, y == x)", "[1].all(x, x == 1)", "x == null", "type(x) == int", "x < 'b'", "1", "missing"}

var macros = []string{"%s.all(x, %s)", "%s.exists(x, %s)", "%s.exists_one(x, %s)", "%s.filter(x, %s).size() == 1", "%s.map(x, %s).size() == 3", "%s.map(x, %s, x).size() == 1",
	"%s.map(x, %s) == [true, false, false]"}

// What the grammar takes and what it refuses.
var spellings = []string{
	``, ` `, `(`, `)`, `()`, `(true`, `true)`, `true true`, `true &&`, `&& true`, `true & true`, `true | true`, `true and true`, `1 == 1 == true`, `1 < 2 < 3`, `true ? false`, `true ? 1 :`,
	`(true)`, `((true))`, "true // why\n", "// only", "\n\ttrue\r\n", `foo.`, `.foo`, `foo..bar`, `foo.1`, `1.foo`, `1.`, `.1 == 0.1`, `1e3 == 1000.0`, `1e == 1`, `0x == 0`, `0xg`, `1u == 1u`, `-1u == 1u`,
	`9223372036854775808 == 1`, `-9223372036854775808 < 0`, `-9223372036854775809 < 0`, `18446744073709551616u == 1u`, `1e309 == 1e309`, `'a`, `"a`, `'a' 'b'`, `'a\'b' == "a'b"`, `'\q'`, `'\x4'`, `'\u12'`, `'\U0001F600' == '😀'`,
	`'\ud800' == ''`, `'\400'`, `'\377' == 'ÿ'`, `b'\377' == b'\xff'`, `b'\u00e9'`, `r'\n' == '\\n'`, `R"\"`, `br'\x' == b'\\x'`, `'''a
b''' == 'a\nb'`, `"""a"b""" == 'a"b'`, `'a
b'`, `[1, 2,] == [1, 2]`, `[,]`, `[1 2]`, `{'a': 1,} == {'a': 1}`, `{,}`, `{'a'}`, `{'a': 1, 'a': 2}.a == 2`, `{1: 'a', 1u: 'b'}.size() == 2`, `{1: 1, 1.0: 2}.size()`, `{[1]: 1}`, `{null: 1}`, `{1.5: 1}`, `a.b{c: 1}`, `Foo{}`,
	`google.protobuf.Duration{seconds: 1} == duration('1s')`, `google.protobuf.Timestamp{}`, `has(a)`, `has(status)`, `has(status['ready'])`, `has(1)`, `has(status.ready, 1)`, `has()`, `has(status.ready.a)`, `[1].all(x)`, `[1].all(1, true)`, `[1].all(x.y, true)`,
	`[1].all(x, y, true)`, `[1].map(x)`, `[1].map(x, true, x, x)`, `[1].filter()`, `all(x, true)`, `[1].all(__result__, true)`, `[1].all(@result, true)`, `if`, `for == 1`, `in`, `x in`, `as`, `break`, `const`, `continue`, `else`, `function`, `import`, `let`, `loop`, `package`, `namespace`, `return`, `var`, `void`, `while`,
	`status.if`, `status.in`, `status.for == 1`, `status.namespace`, `metadata.namespace == 'shop'`, `null == null`, `true.foo`, `null.foo`, "status.`a-b` == 1", "status.`a-b`", "`a`", `status["a-b"] == 1`, `status.a-b == 1`, `status["wörld"] == 'ünï 日本 😀'`, `wörld`, `'😀'.size() == 1`, `size('日本') == 2`, `status.wörld`, `$x`, `x$`, `#`, `@x`, `a ? b ? c : d : e`,
	`true ? false ? true : false : true`, `true || false && false`, `1 + 2 * 3 == 7`, `(1 + 2) * 3 == 9`, `10 / 3 == 3`, `-10 / 3 == -3`, `-10 % 3 == -1`, `10 - 3 - 2 == 5`, `2 - -2 == 4`, `2--2 == 4`, `- - 2 == 2`, `!-1`, `-true`, `!1`, `!!true`, `--1 == 1`, `---1 == -1`, `-(-9223372036854775807 - 1)`,
	`9223372036854775807 + 1 > 0`, `-9223372036854775808 - 1 < 0`, `9223372036854775807 * 2`, `-9223372036854775808 / -1`, `-9223372036854775808 % -1 == 0`, `1 / 0`, `1 % 0`, `1.0 / 0.0 > 1.0`, `0u - 1u`, `18446744073709551615u + 1u`, `1u / 0u`, `1 + 1.0`, `1 + 1u`, `1 == 1.0`, `1u == 1.0`, `1 == 1u`, `1 < 1.5`, `2u > 1.5`, `-1 < 0u`,
	`'1' == 1`, `'a' < 1`, `null < 1`, `true < false`, `false < true`, `[1] < [2]`, `b'a' < b'b'`, `1 in {1.0: 2}`, `1 in [1.0]`, `1u in [1]`, `'a' in 'abc'`, `1 in 1`, `{'a': 1}.a == 1`, `{'a': 1}['b']`, `[1, 2][1] == 2`, `[1, 2][-1]`, `[1, 2][2]`, `[1, 2][1.0] == 2`, `[1, 2][1u] == 2`, `[1, 2][1.5]`, `[1, 2]['a']`, `'abc'[0]`,
	`duration('1h') > duration('59m')`, `duration('1d')`, `duration('1h30m') == duration('90m')`, `duration('1')`, `duration('')`, `duration('0') == duration('0s')`, `duration('+1h') == duration('1h')`, `duration('1.5s') == duration('1500ms')`, `duration('1µs') == duration('1us')`, `duration('9223372036s') > duration('1s')`, `duration('1000000h')`, `duration('10000000h')`, `duration(1)`, `duration('1h 1m')`, `duration('.5s') == duration('500ms')`, `duration('1.s')`, `duration('0.000000001s') == duration('1ns')`, `duration('0.5ns') == duration('0s')`, `duration('-') == duration('0s')`, `duration('s') == duration('0s')`, `duration('.s') == duration('0s')`, `duration('1.2.3s') == duration('0s')`, `duration('1h-1m') == duration('59m')`, `duration('-0') == duration('0s')`, `duration('0.3333333333333333333h') < duration('1h')`, `duration('1h1h') == duration('2h')`, `duration('9223372036854775807ns') > duration('0s')`, `duration('9223372036854775808ns') > duration('0s')`, `duration('-9223372036854775808ns') < duration('0s')`, `-duration('-1h') == duration('1h')`, `duration('2562047h47m16s') + duration('1s') > duration('0s')`, `duration('2562047h47m16.854775807s') + duration('1ns') > duration('0s')`, `string(duration('1ms')) == '0.001s'`, `string(duration('-1.5s')) == '-1.5s'`, `duration('1h').getHours() == 1`, `duration('90m').getMinutes() == 90`, `duration('1s').getMilliseconds() == 1000`, `duration('1m').getSeconds() == 60`, `duration('1h').getFullYear() == 1`,
	`timestamp('2026-03-01')`, `timestamp('2026-03-01T07:30:00')`, `timestamp('2026-03-01 07:30:00Z')`, `timestamp('2026-03-01t07:30:00z')`, `timestamp('2026-02-30T00:00:00Z')`, `timestamp('2026-03-01T24:00:00Z')`, `timestamp('2016-12-31T23:59:60Z')`, `timestamp('2026-03-01T07:30:00.1234567891Z')`, `timestamp('2026-03-01T07:30:00,5Z')`, `timestamp('2026-03-01T07:30:00+0100')`, `timestamp('2026-03-01T07:30:00+24:00')`, `timestamp('2026-03-01T7:30:00Z')`, `timestamp('2026-03-01T7:30:00,5Z') == timestamp('2026-03-01T07:30:00.5Z')`, `timestamp('2026-3-1T07:30:00Z')`, `timestamp('2026-03-01T07:30:00.Z')`, `timestamp('2026-03-01T07:30:00-23:59') > timestamp(0)`, `timestamp('2026-03-01T07:30:00+00:60') > timestamp(0)`, `timestamp('2026-03-01T07:30:00+25:00') > timestamp(0)`, `timestamp('2026-03-01T07:30:00+00:61') > timestamp(0)`, `string(timestamp('2026-03-01T07:30:00.50Z')) == '2026-03-01T07:30:00.5Z'`, `string(timestamp('2026-03-01T07:30:00-02:30')) == '2026-03-01T07:30:00-02:30'`, `string(timestamp('2026-03-01T07:30:00+00:00')) == '2026-03-01T07:30:00Z'`, `string(timestamp('2026-03-01T07:30:00+01:00') + duration('1h')) == '2026-03-01T08:30:00+01:00'`, `string(timestamp('0001-01-01T00:00:00Z')) == '0001-01-01T00:00:00Z'`, `timestamp('') > timestamp(0)`, `timestamp('T') > timestamp(0)`, `timestamp(' 2026-03-01T07:30:00Z') > timestamp(0)`, `timestamp('0000-01-01T00:00:00Z')`, `timestamp('10000-01-01T00:00:00Z')`,
	`timestamp('2026-03-01T07:30:00Z').getHours('Europe/Berlin') == 8`, `timestamp('2026-03-01T07:30:00Z').getHours('+02:00') == 9`, `timestamp('2026-03-01T07:30:00Z').getHours('nowhere')`, `string(timestamp('2026-03-01T08:30:00+01:00')) == '2026-03-01T07:30:00Z'`, `string(duration('90m')) == '5400s'`, `string(1.0) == '1'`, `string(1e21) == '1e+21'`, `string(0.1) == '0.1'`, `string(b'\xff')`, `string(true) == 'true'`, `string(null)`, `string([1])`,
	`int('0x10')`, `int('1e3')`, `int(' 1')`, `int('+1') == 1`, `int(1.9) == 1`, `int(-1.9) == -1`, `int(1e19)`, `int(9.3e18)`, `int(18446744073709551615u)`, `uint(-1)`, `uint('1') == 1u`, `uint('+1') == 1u`, `uint('1e2')`, `double('+nan') == 1.0`, `double('-Inf') < 0.0`, `double('Infinity') > 0.0`, `double('1.') == 1.0`, `double(' 1')`, `double('') == 0.0`, `string(999999.0) == '999999'`, `string(1000000.0) == '1e+06'`, `string(1234567.5) == '1.2345675e+06'`, `string(0.0001) == '0.0001'`, `string(0.00001) == '1e-05'`, `string(-0.0) == '-0'`, `string(123456.789) == '123456.789'`, `string(100000.0) == '100000'`, `string(0.0/0.0) == 'NaN'`, `uint(1.9) == 1u`, `double('1.5') == 1.5`, `double('NaN') == 1.0`, `double('inf') > 1.0`, `double('1e400')`, `double('0x1p3')`, `double('1_000')`, `bool('true')`, `bool('True')`, `bool('1')`, `bool('t')`, `bool('yes')`, `bool(1)`, `bytes('a') == b'a'`,
	`'a'.matches('a')`, `'abc'.matches('^a.c$')`, `'abc'.matches('[')`, `false && 'abc'.matches('[')`, `matches('abc', 'b')`, `'a.b'.matches('a\\.b')`, `'日本'.matches('^..$')`, `'é'.matches('^\\w$')`, `'٣'.matches('^\\d$')`, `'A'.matches('(?i)a')`, `'a\nb'.matches('a.b')`, `'a\nb'.matches('(?s)a.b')`, `'ab'.matches('a(?=b)')`, `'aa'.matches('(a)\\1')`, `'k'.matches('(?i)\u212a')`, `'a'.matches('\\pL')`, `'a'.matches('[[:alpha:]]')`, `'a&&b'.matches('[a&&b]+')`, `'a'.matches('a{1001}')`, `'a'.matches('a{,2}')`, `'a{'.matches('a{')`, `'a'.matches('a**')`, `'x'.matches('')`, `'a'.matches(1)`, `1.matches('a')`, `'-'.matches('[a\\-z]')`, `'~'.matches('[a~~b]')`, `'a'.matches('(?P<n>a)')`, `'a'.matches('(?<n>a)')`, `'a'.matches('(?x) a')`, `' '.matches('[ ]')`, `'a'.matches('a|b|')`, `'v1.2.3'.matches('^v[0-9]+([.][0-9]+)*$')`, `'v1.2.3'.matches('^v\\d+\\.\\d+\\.\\d+$')`, `'Ready'.matches('^(Ready|Synced)$')`, `kind.matches(kind)`,
	`optional.of(1).value() == 1`, `optional.none().value()`, `optional.of(1) == optional.of(1)`, `optional.of(1) == optional.of(1.0)`, `optional.none() == optional.none()`, `optional.of(null).hasValue()`, `optional.ofNonZeroValue('').hasValue()`, `optional.ofNonZeroValue([]).hasValue()`, `optional.ofNonZeroValue(null).hasValue()`, `optional.of(optional.none()).hasValue()`, `{'a': optional.of(1)}.a == 1`, `{?'a': optional.none()} == {}`, `{?'a': 1}`, `[?optional.of(1), 2] == [1, 2]`, `[?1]`, `status.?text.orValue('x') == 'abc'`, `status.?none.hasValue()`, `status.?list[?5].hasValue()`, `status.?list[5].hasValue()`, `status.?text.?x.hasValue()`, `status.list.?x`, `status.text.?x`, `status.one[?0]`, `has(status.?text.x)`, `has(status.?nested.deep)`, `has(status.?nope.deep)`, `status.?text.x.hasValue()`, `status.?list.x.hasValue()`, `status.?list[0].hasValue()`, `status.?list['a'].hasValue()`, `status.?map.a.value() == 1`, `status.?map['c'].hasValue()`, `status.?one[0].hasValue()`, `[status.?map].all(m, m.a.value() == 1)`, `[status.?text].all(m, m.a.hasValue())`, `status.map[?1].hasValue()`, `status.map[?1.5].hasValue()`, `status.map[?status.none].hasValue()`, `status.list[?'a'].hasValue()`, `status.list[?1.0].value() == 2`, `status.list[?-1].hasValue()`, `status.none.?a.hasValue()`, `status.list.?a.hasValue()`, `status.text.?a.hasValue()`, `'a'.orValue('b') == 'a'`, `'a'.or(1) == 'a'`, `missing.orValue(true)`, `optional.none().orValue(missing)`, `optional.of(1).orValue(missing) == 1`, `optional.of(2).or(missing).value() == 2`, `status.?a.or(status.?b).or(status.?one).orValue(0) == 1`, `status.?a.orValue(status.?b.orValue(status.one)) == 1`, `optional.of(1).or(optional.of(2)).value() == 1`, `optional.none().or(optional.of(2)).value() == 2`, `optional.of(1).orValue(1/0) == 1`, `optional.none().or(1)`,
	`'%s is %d'.format(['a', 1]) == 'a is 1'`, `'%.2f'.format([1.234]) == '1.23'`, `'%s'.format([[1, 'a', {'b': 2}]])`, `'%x %X %o %b'.format([255, 255, 8, 5]) == 'ff FF 10 101'`, `'%e'.format([1234.5])`, `'%%'.format([]) == '%'`, `'%s'.format([])`, `'%d'.format(['a'])`, `'%q'.format([1])`, `strings.quote('a"b') == '"a\\"b"'`,
	`'a b'.trim() == 'a b'`, `'\u00a0a\u0085'.trim() == 'a'`, `'\ufeffa'.trim() == 'a'`, `'\x1fa'.trim() == 'a'`, `'aXbXc'.replace('X', '') == 'abc'`, `'abc'.replace('', '-') == '-a-b-c-'`, `'abc'.replace('', '-', 2) == '-a-bc'`, `'日本'.replace('', '-') == '-日-本-'`, `'aaa'.replace('a', 'b', 0) == 'aaa'`, `'a,b'.split(',') == ['a', 'b']`, `''.split(',') == ['']`, `'ab'.split('') == ['a', 'b']`, `''.split('') == []`, `'a,b,c'.split(',', 2) == ['a', 'b,c']`, `'a,b'.split(',', 0) == []`, `'a,b'.split(',', 1) == ['a,b']`, `'abc'.split('', 2) == ['a', 'bc']`, `'héllo'.substring(1, 2) == 'é'`, `'abc'.substring(3) == ''`, `'abc'.substring(4)`, `'abc'.substring(2, 1)`, `'abc'.charAt(3) == ''`, `'abc'.charAt(4)`, `'日本'.indexOf('本') == 1`, `'abc'.indexOf('', 3) == 3`, `'abc'.indexOf('c', 5)`, `'abcabc'.lastIndexOf('a') == 3`, `'abcabc'.lastIndexOf('a', 2) == 0`, `'abc'.lastIndexOf('') == 3`, `['a', 1].join()`, `[].join(',') == ''`, `'é'.upperAscii() == 'é'`, `'Éa'.lowerAscii() == 'Éa'`, `'é😀'.reverse() == '😀é'`,
	`sets.contains([1, 2], [1.0])`, `sets.contains([], [])`, `sets.equivalent([1, 1, 2], [2u, 1])`, `sets.intersects([1], [])`, `sets.contains([[1]], [[1]])`, `sets.contains(1, [1])`, `sets.contains([1])`, `base64.decode('YQ==') == b'a'`, `base64.decode('YQ') == b'a'`, `base64.decode('!')`, `base64.decode('YR==') == b'a'`, `base64.encode(b'a') == 'YQ=='`,
	`cel.bind(x, 1, x == 1)`, `now()`, `isURL('a')`, `quantity('1Gi')`, `[3, 1].sort()`, `[1, 2].sum() == 3`, `status.list.isSorted()`, `'a'.find('a')`, `[1].existsOne(x, x == 1)`, `[1].transformList(i, v, v) == [1]`, `{'a': 1}.all(k, v, v == 1)`, `[1, 2].min()`, `ip('1.2.3.4')`, `semver('1.2.3')`, `lists.range(3)`, `math.abs(-1)`, `[1, 2].slice(0, 1)`, `[[1]].flatten()`, `{'a': 1}.transformMap(k, v, v)`, `status.map(a, a).size() > 3`, `status.map.map(a, a).size() == 2`, `status.filter(k, k == 'one').size() == 1`, `status.exists(k, k == 'ready')`,
	`type.?a.hasValue()`, `int[?'a'].hasValue()`, `[1][?duration('1h')].hasValue()`, `{'a': 1}[?{'a': 1}].hasValue()`, `[1][?[]].hasValue()`, `b'a' in {'a': 1} && false`, `bytes('a') in status.map || true`, `dyn(1) == 1`, `type(dyn(1)) == int`, `type(1) == int`, `type(int) == type`, `type(type(1)) == type`, `type(null) == null_type`, `type([]) == list`, `type({}) == map`, `type(timestamp(0)) == google.protobuf.Timestamp`, `type(optional.none()) == optional_type`, `int == int`, `int != uint`, `int`, `string(int)`, `type(status.whole) == double`, `type(status.wide) == double`, `type(status.one) == int`, `status.big + 1`, `status.wide == 18446744073709551615u`, `status.wide > 1u`, `status.big == 9223372036854775807.0`, `9007199254740993 == 9007199254740992.0`, `9223372036854775807 < 9223372036854775808.0`, `18446744073709551615u < 18446744073709551616.0`,
	`(0.0 / 0.0) == (0.0 / 0.0)`, `(0.0 / 0.0) < 1.0`, `(0.0 / 0.0) != 1.0`, `(0.0 / 0.0) in [0.0 / 0.0]`, `[0.0 / 0.0] == [0.0 / 0.0]`, `1 < (0.0 / 0.0)`, `0.0 == -0.0`, `[1, 2] == [1.0, 2u]`, `{'a': 1} == {'a': 1.0}`, `{1: 'a'} == {1u: 'a'}`, `{1: 'a'}[1.0] == 'a'`, `{1u: 'a'}[1] == 'a'`, `[1] + [2] == [1, 2]`, `[] + [] == []`, `{} + {}`, `'a' * 2`, `b'a' + b'b' == b'ab'`, `'a' + b'b'`, `duration('1h') + timestamp(0) == timestamp(3600)`, `timestamp(0) + timestamp(0)`, `duration('1h') * 2`, `timestamp(0) - duration('1s') < timestamp(0)`,
}

func expressionCases() []expressionCase {
	var cases []expressionCase
	add := func(object, expression string) {
		cases = append(cases, expressionCase{Expression: expression, Object: object})
	}
	for _, expression := range usual {
		for _, object := range names() {
			add(object, expression)
		}
	}
	for _, expression := range spellings {
		add("values", expression)
	}
	for _, kind := range kinds {
		for _, leaf := range leaves[kind] {
			for _, form := range single {
				add("values", strings.ReplaceAll(form, "%s", leaf))
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	pick := func(kind string) string { return leaf(random, kind) }
	for _, operator := range operators {
		for _, left := range kinds {
			for _, right := range kinds {
				for range 3 {
					add("values", fmt.Sprintf("%s %s %s", pick(left), operator, pick(right)))
				}
			}
			for range 12 {
				add("values", fmt.Sprintf("%s %s %s", pick(left), operator, pick(left)))
			}
		}
	}
	for _, function := range functions {
		for range 40 {
			call := callOf(random, function.name, function.global, function.kinds)
			add("values", call)
			add("values", asserted(call))
		}
	}
	for _, macro := range macros {
		for _, ranged := range []string{"[]", "[1, 2, 3]", "['a', 'b']", "status.pairs", "status.mixed", "status.map", "{1: 2}", "status.none", "status.text", "optional.of([1])"} {
			for _, body := range bodies {
				add("values", fmt.Sprintf(macro, ranged, body))
			}
		}
	}
	return append(cases, randomCases(1, 2500)...)
}
