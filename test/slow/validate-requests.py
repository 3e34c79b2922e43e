"""test/slow/validate-requests: holds recorded requests against botocore's models of AWS's services.

Reads requests, one JSON a line, from the file that it is given: as the SDKs sent them (test/fakes/record-requests), or as a
template names them, {"service", "operation", "parameters"} with names in Pascal case. Prints one line of JSON:
{"botocore": version, "operations": ["batch.SubmitJob", ...], "faults": ["batch.SubmitJob jobName: ...", ...]}.
"""

import json
import re
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore
import botocore.session
from botocore.validate import ParamValidator

SIGNING_NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas"}
session = botocore.session.get_session()
models = {}


def model_of(service):
    name = SIGNING_NAMES.get(service, service)
    if name not in models:
        models[name] = session.get_service_model(name)
    return models[name]


def read(request):
    """The operation that a request calls, and its parameters."""
    service = model_of(request["service"])
    if "operation" in request:
        operation = service.operation_model(request["operation"])
        return operation, from_pascal_case(request["parameters"], operation.input_shape)
    target = request["headers"].get("x-amz-target")
    if target:  # the JSON protocol
        operation = service.operation_model(target.split(".")[-1])
        return operation, json.loads(request["body"] or "{}")
    if service.metadata["protocol"] == "query":
        form = dict(parse_qsl(request["body"], keep_blank_values=True))
        operation = service.operation_model(form.pop("Action"))
        form.pop("Version")
        return operation, unflatten(form, operation.input_shape)
    return read_rest(request, service)


def from_pascal_case(value, shape):
    """Parameters by the names of the model; what a state machine will know only when it runs is any text."""
    if shape.type_name == "structure":
        names = {name[0].upper() + name[1:]: name for name in shape.members}
        members = {}
        for key, item in value.items():
            name = names.get(key.removesuffix(".$"), key)
            member = shape.members.get(name)
            is_path = key.endswith(".$") and member is not None
            members[name] = any_value(member) if is_path else from_pascal_case(item, member) if member else item
        return members
    if shape.type_name == "list":
        return [from_pascal_case(item, shape.member) for item in value]
    return value


def any_value(shape):
    return [any_value(shape.member)] if shape.type_name == "list" else "text"


def unflatten(form, shape):
    """Parameters from A.member.1.B=…"""
    if shape.type_name == "structure":
        members = {}
        for name, member in shape.members.items():
            wire = member.serialization.get("name", name)
            part = {k[len(wire) + 1 :]: v for k, v in form.items() if k == wire or k.startswith(wire + ".")}
            if part:
                members[name] = unflatten(part, member)
        known = tuple(m.serialization.get("name", n) for n, m in shape.members.items())
        for key in form:
            if key.split(".")[0] not in known:
                members[key] = form[key]  # which the validator will not know
        return members
    if shape.type_name == "list":
        rows = {}
        for key, value in form.items():
            _, index, *rest = (key if key.startswith("member.") else "member." + key).split(".")
            rows.setdefault(int(index), {})[".".join(rest)] = value
        return [unflatten(rows[index], shape.member) for index in sorted(rows)]
    return cast(form[""], shape)


def read_rest(request, service):
    url = urlsplit(request["path"])
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    for name in service.operation_names:
        operation = service.operation_model(name)
        if service.service_name == "s3" and query.get("x-id", "ListObjectsV2") != name:
            continue
        path = urlsplit(operation.http["requestUri"]).path
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
        found = re.fullmatch(pattern, url.path.rstrip("/") or "/")
        if not found or operation.http["method"] != request["method"]:
            continue
        return operation, rest_parameters(operation.input_shape, found.groupdict(), query, request)
    raise ValueError(f"no operation of {service.service_name} is {request['method']} {url.path}")


def rest_parameters(shape, labels, query, request):
    payload = shape.serialization.get("payload")
    is_json = request["body"].startswith("{")
    parameters = json.loads(request["body"]) if is_json and not payload else {}
    for name, member in shape.members.items():
        place = member.serialization
        wire = place.get("name", name)
        text = {
            "uri": labels.get(wire),
            "querystring": query.get(wire),
            "header": request["headers"].get(wire.lower()),
        }.get(place.get("location"))
        if text is not None:
            parameters[name] = cast(unquote(text), member)
    return parameters


def cast(text, shape):
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[text]
    return text


def broken_rules(value, shape, place):
    """What botocore's own validator leaves to the service: enumerations, patterns and lengths."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from broken_rules(value[name], member, f"{place}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from broken_rules(item, shape.member, f"{place}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from broken_rules(item, shape.value, f"{place}.{key}")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{place}: {value!r} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            yield f"{place}: {value!r} does not match {pattern}"
        longest = shape.metadata.get("max")
        if longest is not None and len(value) > longest:
            yield f"{place}: longer than {longest}"


def matches(pattern, value):
    try:
        return re.search(f"^(?:{pattern})$", value, re.DOTALL)
    except re.error:
        return True  # of Java's kind


operations, faults = set(), set()
for line in open(sys.argv[1], encoding="utf-8"):
    request = json.loads(line)
    try:
        operation, parameters = read(request)
        shape = operation.input_shape
        name = f"{operation.service_model.service_name}.{operation.name}"
        operations.add(name)
        if shape is None:
            continue
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            faults.add(f"{name} {report.generate_report()}")
        else:
            faults.update(f"{name} {fault}" for fault in broken_rules(parameters, shape, "input"))
    except Exception as error:  # a request that no operation fits is a fault too
        faults.add(f"{request['service']} {request['method']} {request['path']}: {error!r}")
print(json.dumps({"botocore": botocore.__version__, "operations": sorted(operations), "faults": sorted(faults)}))
