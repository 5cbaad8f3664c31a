# The routes of the gateway against the functions of the database: the OpenAPI document says of each what the catalogue
# of the database says, and each route, called for real, answers exactly the columns of its function.
use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node = start_database('routes');
my $gateway = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 0 });
my $json = JSON::PP->new->canonical->utf8;

# What the document calls the types of SQL.
my %schemas = (
	'bigint'                   => 'integer int64',
	'integer'                  => 'integer int32',
	'double precision'         => 'number double',
	'numeric'                  => 'number ',
	'boolean'                  => 'boolean ',
	'timestamp with time zone' => 'string date-time',
	'interval'                 => 'string duration',
	'uuid'                     => 'string uuid',
	'text'                     => 'string ',
	'integer[]'                => 'array ',
	'jsonb'                    => 'object ');

# Functions that are no route's, because they are for the server, for its administrators, or for the push.
my %inside = map { $_ => 1 } qw(forget_board refuse_ledger_change queue_status_from_tables get_any_reservation cancel_any_reservation selling_transaction admit_waiting expire_holds tick
  verify worker_status check_setup grant_access next_changes queue_progress fold_text cut_grams);

# Of each function: arguments in order [name, type, default or undef], columns [name, type] where it returns rows, the
# type of its single value where not, and the refusals of its comment.
sub read_functions {
	my (%functions) = @_;
	my $of = "FROM pg_proc p WHERE p.pronamespace = 'boxoffice'::regnamespace AND p.prokind = 'f'";
	for my $line (split /\n/, sql($node, "SELECT p.proname, format_type(p.prorettype, NULL), p.proretset, obj_description(p.oid) $of"))
	{
		my ($name, $type, $set, $comment) = split /\|/, $line, 4;
		my ($refusals) = $comment =~ /Refusals: (.*)\.\z/;
		$functions{$name} = {
			value     => $type,
			set       => $set eq 't',
			comment   => $comment,
			arguments => [],
			columns   => [],
			refusals  => [ sort map { s/ .*//r } split /, /, $refusals // '' ]
		};
	}
	for my $line (split /\n/, sql($node, <<'SQL'))
SELECT p.proname, a.name, format_type(a.type, NULL), pg_get_function_arg_default(p.oid, a.place::int)
	FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY a (name, type, place)
	WHERE p.pronamespace = 'boxoffice'::regnamespace AND p.prokind = 'f' ORDER BY p.proname, a.place
SQL
	{
		my ($name, @argument) = split /\|/, $line, 4;
		$argument[2] = undef if $argument[2] eq '';
		push @{ $functions{$name}{arguments} }, \@argument;
	}
	for my $line (split /\n/, sql($node, <<'SQL'))
SELECT p.proname, a.attname, format_type(a.atttypid, NULL)
	FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
		JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE p.pronamespace = 'boxoffice'::regnamespace AND p.prokind = 'f' ORDER BY p.proname, a.attnum
SQL
	{
		my ($name, @column) = split /\|/, $line, 3;
		push @{ $functions{$name}{columns} }, \@column;
	}
	return \%functions;
}

# Everything that is answered below is compared with the document at the end.
record_answers;

my $functions = read_functions;
my ($status, $printed, $complaints) = run_program(['openapi'], %{ $gateway->{environment} });
is($status, 0, 'boxofficed openapi prints the document') or BAIL_OUT($complaints);
my $document = $json->decode($printed);

# The operations of the document by function, without those that have none behind them: { method, path, %operation }. Functions that
# share an address and are told apart by the body have one operation with a schema of the body for each: { together }.
my %operations;
for my $path (grep { m{^/v1/(?!live/)} } sort keys %{ $document->{paths} })
{
	for my $method (sort keys %{ $document->{paths}{$path} })
	{
		my $operation = $document->{paths}{$path}{$method};
		my $schema = $operation->{requestBody} ? $operation->{requestBody}{content}{'application/json'}{schema} : {};
		my @together = map { $_->{title} } @{ $schema->{oneOf} // [] };
		for my $name (@together ? @together : $operation->{operationId})
		{
			die "$name is there twice" if $operations{$name};
			my ($own) = grep { $_->{title} eq $name } @{ $schema->{oneOf} // [] };
			$operations{$name} = { %$operation, method => uc $method, path => $path, schema => $own // $schema, together => [ @together ? @together : $name ] };
		}
	}
}

sub type_of_schema {
	my ($schema) = @_;
	my @types = grep { $_ ne 'null' } ref $schema->{type} ? @{ $schema->{type} } : $schema->{type};
	return "@types " . ($schema->{format} // '');
}

# The parameters of an operation as the function names them: [schema, required].
sub parameters_of {
	my ($operation) = @_;
	my %called = ('Queue-Token' => 'queue_token', 'Idempotency-Key' => 'idempotency_key');
	$called{'Queue-Token'} = 'token' if grep { $_->{queueToken} } @{ $operation->{security} // [] };
	my %parameters = map { ($called{ $_->{name} } // $_->{name}) => [ $_->{schema}, $_->{required} ] } @{ $operation->{parameters} };
	if ($operation->{requestBody})
	{
		my $schema = $operation->{schema};
		my %required = map { $_ => 1 } @{ $schema->{required} // [] };
		$parameters{$_} = [ $schema->{properties}{$_}, $required{$_} ] for keys %{ $schema->{properties} };
	}
	return \%parameters;
}

subtest 'the document' => sub {
	my $served = call($gateway, 'GET', '/openapi.json');
	is($served->{status}, 200, '/openapi.json is there');
	is_deeply($served->{json}, $document, 'and it is what boxofficed openapi prints');
	is($document->{openapi}, '3.1.0', 'of OpenAPI 3.1');
	my $validator = 'build/npm-test/node_modules/@seriousme/openapi-schema-validator/index.js';
	append_to_file('openapi.json', $printed);
	append_to_file('validate.mjs', <<"EOF");
import { Validator } from '${\ abs_path($validator)}';
const result = await new Validator().validate(process.argv[2]);
console.log(result.valid ? 'valid' : JSON.stringify(result));
EOF
	my $verdict = '';
	IPC::Run::run([ 'node', 'validate.mjs', 'openapi.json' ], '>', \$verdict, '2>&1');
	is($verdict, "valid\n", 'it is valid by the published schema');
};

subtest 'every function is an operation, and the other way round' => sub {
	# it shares its address with seat_map
	my %reached = (%operations, available_seats => 1);
	is(join(' ', grep { !$reached{$_} && !$inside{$_} } sort keys %$functions), '', 'no function is forgotten');
	is(join(' ', grep { !$functions->{$_} } sort keys %operations), '', 'no route lacks its function');
	is(join(' ', grep { $inside{$_} } sort keys %operations), '', 'and none leads where it should not');
};

for my $name (sort keys %operations)
{
	subtest "the document and the function $name" => sub {
		my ($operation, $function) = ($operations{$name}, $functions->{$name} // return fail('no such function'));
		my $parameters = parameters_of($operation);
		for my $argument (@{ $function->{arguments} })
		{
			my ($argument_name, $type, $default) = @$argument;
			# who asks is the token's to say
			my $of_jwt = $argument_name =~ /^(?:user_id|priority|by_house)$/;
			my $parameter = delete $parameters->{$argument_name};
			next if !$parameter && $of_jwt && grep { $_->{user} } @{ $operation->{security} // [] };
			ok($parameter, "$argument_name can be given") or next;
			my ($schema, $required) = @$parameter;
			is(type_of_schema($schema) =~ s/^integer (?=object)//r, $schemas{$type}, "$argument_name is $type");
			is(!!$required, !defined $default, "$argument_name is " . (defined $default ? 'optional' : 'required'));
			my $preset = $schema->{default};
			my $is_null = !defined $default || $default =~ /^NULL\b/;
			next if !defined $preset && $is_null;
			ok(defined $preset && !$is_null, "both have a default for $argument_name") or next;
			is(sql($node, "SELECT $default IS NOT DISTINCT FROM '$preset'::$type"), 't', "$argument_name is $preset when it is not given");
		}
		delete $parameters->{available} if $name eq 'seat_map';
		is(join(' ', sort keys %$parameters), '', 'nothing else can be given');

		my %responses = %{ $operation->{responses} };
		my ($success) = map { $responses{$_}{content}{'application/json'}{schema} } grep { exists $responses{$_} } 200, 201;
		if ($function->{set})
		{
			is(join(' ', sort keys %{ $success->{properties} }), 'items next', 'it is a list');
			$success = $success->{properties}{items}{items};
		}
		my @columns = @{ $function->{columns} };
		my @names   = sort keys %{ $success->{properties} };
		@columns = ([ $names[0], $function->{value} ]) if !@columns && $function->{value} ne 'void';
		is("@names", join(' ', sort map { $_->[0] } @columns), 'the answer has the columns of the function');
		# the free seats, at the same address, need no status
		my @always = grep { $name ne 'seat_map' || $_ ne 'status' } @names;
		is("@{[ sort @{ $success->{required} // [] } ]}", "@always", 'and always all of them');
		for my $column (grep { $_->[1] ne 'jsonb' } @columns)
		{
			is(type_of_schema($success->{properties}{ $column->[0] }), $schemas{ $column->[1] }, "$column->[0] is $column->[1]");
		}
		my @refusals = map { $_->{description} =~ /^([a-z_]+): /mg }
		  map { $responses{$_} } grep { $_ >= 400 } keys %responses;
		my %listed = map { $_ => 1 } map { @{ $functions->{$_}{refusals} } } @{ $operation->{together} };
		is("@{[ sort @refusals ]}", "@{[ sort keys %listed ]}", 'the refusals are those that the comment of the function lists');
		my %status = map { split /\|/ } split /\n/, sql($node, 'SELECT outcome, http_status FROM boxoffice.outcome');
		like($responses{ $status{$_} }{description} // '', qr/\b$_: /, "$_ stands under its status") for @refusals;
	};
}

# ---------------------------------------------------------------------------------------------------------------------
# Each route for real
# ---------------------------------------------------------------------------------------------------------------------

my %exercised;

# Whether a value of an answer has the JSON type of an SQL type; null is a matter of the row.
sub fits {
	my ($value, $type) = @_;
	return 1 if !defined $value;
	return is_json_type($value, 'number') && $value =~ /^-?[0-9]+\z/ if $type eq 'bigint' || $type eq 'integer';
	return is_json_type($value, 'number') if $type eq 'double precision' || $type eq 'numeric';
	return JSON::PP::is_bool($value) if $type eq 'boolean';
	return is_json_type($value, 'list') && !grep { !is_json_type($_, 'number') } @$value if $type eq 'integer[]';
	return is_json_type($value, 'list') || is_json_type($value, 'object') if $type eq 'jsonb';
	return 0 if !is_json_type($value, 'string');
	return $value =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\z/ if $type eq 'timestamp with time zone';
	return $value =~ /^P(?=.)(\d+[YMWD])*(T(\d+[HM])*(\d+(\.\d+)?S)?)?\z/ if $type eq 'interval';
	return $value =~ /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/ if $type eq 'uuid';
	return 1;
}

# Tests that an object is a row of the function: all of its columns, each of its type, and nothing else.
sub is_row {
	my ($row, $name) = @_;
	my @columns = @{ $functions->{$name}{columns} };
	my @complaints;
	push @complaints, 'members ' . join ' ', sort keys %$row
	  if join(' ', sort keys %$row) ne join(' ', sort map { $_->[0] } @columns);
	push @complaints, map { "$_->[0] is " . $json->encode([ $row->{ $_->[0] } ]) } grep { !fits($row->{ $_->[0] }, $_->[1]) } @columns;
	return is("@complaints", '', "a row of $name");
}

# Calls a function by its route and tests the form of the answer; returns the answer. `as` is a user and perhaps a role.
sub route {
	my ($name, $method, $path, $expected, %with) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($user, $role) = split / /, delete $with{as} // '';
	my $answer = call($gateway, $method, $path, (defined $user ? (user => $user, role => $role) : ()), %with);
	my $function = $functions->{$name};
	$exercised{$name} = 1;
	subtest "$name: $method $path" => sub {
		is($answer->{status}, $expected, 'status') or diag($answer->{text});
		is($answer->{headers}{'content-type'}, 'application/json', 'JSON');
		is($answer->{headers}{'cache-control'}, defined $answer->{headers}{etag} ? 'no-cache' : 'no-store', 'not kept by anyone on the way');
		like($answer->{headers}{'x-request-id'}, qr/^[0-9a-f]{32}\z/, 'a request id');
		my $content = $answer->{json} // {};
		if ($function->{set})
		{
			is(join(' ', sort keys %$content), 'items next', 'a list');
			is_row($_, $name) for @{ $content->{items} };
			my $in_order = join '.*?', map { qq("$_->[0]":) } @{ $function->{columns} };
			like($answer->{text}, qr/^\{"items":\[\{$in_order/, 'columns in the order of the function') if @{ $content->{items} };
		}
		elsif (@{ $function->{columns} })
		{
			is_row($content, $name);
			is($content->{outcome}, 'ok', 'ok') if exists $content->{outcome};
		}
		elsif ($function->{value} eq 'void')
		{
			is($answer->{text}, '{}', 'nothing to tell');
		}
		else
		{
			is(scalar(keys %$content), 1, 'one value');
			ok(fits((values %$content)[0], $function->{value}), 'of its type');
		}
		is(defined $answer->{headers}{location}, $expected == 201, 'Location where something was made');
	};
	return $answer;
}

my $administrator = 'root boxoffice_admin';

sub location {
	my ($answer) = @_;
	return $answer->{headers}{location} // '';
}

subtest 'making and changing things' => sub {
	my $made = route('create_venue', 'POST', '/v1/venues', 201, as => $administrator,
		body => { name => 'Riethsporthalle', address => "Essener Stra\x{df}e 20, Erfurt", latitude => 51.003, longitude => 11.011 });
	my $venue_id = $made->{json}{venue_id};
	is(location($made), "/v1/venues/$venue_id", 'where it is');
	is(route('get_venue', 'GET', location($made), 200)->{json}{name}, 'Riethsporthalle', 'it is there');
	is(route('list_venues', 'GET', '/v1/venues', 200)->{json}{items}[0]{venue_id}, $venue_id, 'and in the list');
	is(sql($node, "SELECT name, address = E'Essener Stra\\u00DFe 20, Erfurt', latitude, longitude, external_id IS NULL"
			  . " FROM boxoffice.venue WHERE venue_id = $venue_id"),
		'Riethsporthalle|t|51.003|11.011|t', 'as it was given');
	route('update_venue', 'PATCH', "/v1/venues/$venue_id", 200, as => $administrator, body => { name => 'Halle', external_id => 'h' });
	is(sql($node, "SELECT name, latitude, external_id FROM boxoffice.venue WHERE venue_id = $venue_id"), 'Halle|51.003|h', 'changed');

	$made = route('create_event', 'POST', '/v1/events', 201, as => $administrator,
		body => { title => 'Concert "No 1"', venue_id => $venue_id, category => 'music', external_id => 'e' });
	my $event_id = $made->{json}{event_id};
	is(location($made), "/v1/events/$event_id", 'where it is');
	is(call($gateway, 'GET', location($made))->{json}{title}, 'Concert "No 1"', 'it is there');
	route('update_event', 'PATCH', "/v1/events/$event_id", 200, as => $administrator, body => { description => "two\nlines \x{1F3B5}" });
	is(sql($node, "SELECT title, description = E'two\\nlines \\U0001F3B5' FROM boxoffice.event WHERE event_id = $event_id"),
		'Concert "No 1"|t', 'changed');

	$made = route('create_queue', 'POST', '/v1/queues', 201, as => $administrator, body => { name => 'Queue', max_active => 5, active_for => 'PT1H30M' });
	my $queue_id = $made->{json}{queue_id};
	is(location($made), "/v1/queues/$queue_id", 'where it is');
	is(route('get_queue', 'GET', location($made), 200)->{json}{active_for}, 'PT1H30M', 'it is there');
	is(route('list_queues', 'GET', '/v1/queues', 200, as => $administrator)->{json}{items}[0]{queue_id}, $queue_id, 'and in the list');
	is(sql($node, "SELECT max_active, active_for, claim_for, idle_for, max_waiting IS NULL FROM boxoffice.queue WHERE queue_id = $queue_id"),
		'5|01:30:00|00:01:00|00:05:00|t', 'with the defaults of the function');
	route('update_queue', 'PATCH', "/v1/queues/$queue_id", 200, as => $administrator, body => { mode => 'paused', max_waiting => 7 });
	is(sql($node, "SELECT mode, max_waiting FROM boxoffice.queue WHERE queue_id = $queue_id"), 'paused|7', 'changed');

	$made = route('create_slot', 'POST', "/v1/events/$event_id/slots", 201, as => $administrator,
		body => { starts_at => '2100-05-01T20:00:00.25+02:00', sale_opens_at => '2020-01-01T00:00:00Z', max_per_user => 4, queue_id => $queue_id });
	my $slot_id = $made->{json}{slot_id};
	is(location($made), "/v1/slots/$slot_id", 'where it is');
	is_deeply([ @{ route('get_slot', 'GET', location($made), 200)->{json} }{qw(event_id hold_for sale_status)} ], [ $event_id, 'PT5M', 'on_sale' ], 'it is there');
	is(sql($node, "SELECT starts_at, hold_for, max_per_user, queue_id = $queue_id FROM boxoffice.slot WHERE slot_id = $slot_id"),
		'2100-05-01 18:00:00.25+00|00:05:00|4|t', 'as it was given');
	route('update_slot', 'PATCH', "/v1/slots/$slot_id", 200, as => $administrator,
		body => { hold_for => 'PT10M', queue_id => 0, sale_opens_at => 'infinity', max_per_user => undef });
	is(sql($node, "SELECT hold_for, queue_id IS NULL, sale_opens_at IS NULL, max_per_user FROM boxoffice.slot WHERE slot_id = $slot_id"),
		'00:10:00|t|t|4', 'changed: 0 and infinity lift a limit, null leaves it');

	route('set_focal_point', 'PATCH', "/v1/slots/$slot_id/focal-point", 200, as => $administrator, body => { x => 12.5, y => -3 });
	is(sql($node, "SELECT focal_x, focal_y FROM boxoffice.slot WHERE slot_id = $slot_id"), '12.5|-3', 'set');
	route('set_focal_point', 'PATCH', "/v1/slots/$slot_id/focal-point", 200, as => $administrator, body => {});
	is(sql($node, "SELECT focal_x IS NULL, focal_y IS NULL FROM boxoffice.slot WHERE slot_id = $slot_id"), 't|t', 'and the front centre again');

	$made = route('add_numbered_seats', 'POST', "/v1/slots/$slot_id/numbered-seats", 201, as => $administrator, body => { count => 3, price => 2500 });
	is_deeply($made->{json}, { seats_added => 3 }, 'three seats');
	is(location($made), "/v1/slots/$slot_id/seats", 'where they are');
	$made = route('add_pool', 'POST', "/v1/slots/$slot_id/pools", 201, as => $administrator, body => { name => 'Floor', capacity => 200, price => 1900 });
	my $pool_id = $made->{json}{pool_id};
	is(location($made), "/v1/pools/$pool_id", 'where it is');
	is(route('get_pool', 'GET', location($made), 200)->{json}{places_free}, 200, 'it is there');
	route('update_pool', 'PATCH', location($made), 200, as => $administrator, body => { capacity => 250, name => undef });
	is(sql($node, "SELECT name, capacity, price FROM boxoffice.pool WHERE pool_id = $pool_id"), 'Floor|250|1900', 'changed');

	# what the house does in the middle of a sale
	my $blocked = route('block_seats', 'POST', "/v1/slots/$slot_id/blocks", 200, as => $administrator, body => { seat_ids => [ 3, 1 ], reason => 'camera' });
	is_deeply($blocked->{json}, { outcome => 'ok', refused_seat_ids => undef, seats_changed => 2 }, 'kept back');
	my $reasons = route('list_blocked_seats', 'GET', "/v1/slots/$slot_id/blocks", 200, as => $administrator);
	is(join(' ', map { "$_->{seat_id} $_->{reason}" } @{ $reasons->{json}{items} }), '1 camera 3 camera', 'with the reason');
	route('block_seats', 'POST', "/v1/slots/$slot_id/blocks", 200, as => $administrator, body => { seat_ids => [3], blocked => JSON::PP::false });
	is(sql($node, "SELECT string_agg(status, ' ' ORDER BY seat_id) FROM boxoffice.seat_map($slot_id)"), 'blocked free free', 'and given back');
	my $refused = call($gateway, 'POST', "/v1/slots/$slot_id/blocks", user => 'root', role => 'boxoffice_admin', body => { seat_ids => [ 2, 99 ] });
	is("$refused->{status} $refused->{json}{outcome} @{ $refused->{json}{refused_seat_ids} }", '404 not_found 99', 'a seat that is not there');
	my $changed = route('set_seat_prices', 'PATCH', "/v1/slots/$slot_id/seat-prices", 200, as => $administrator, body => { prices => 1800, seat_ids => [2] });
	is_deeply($changed->{json}, { seats_changed => 1 }, 'a price');
	is(is_problem(call($gateway, 'PATCH', "/v1/slots/$slot_id/seat-prices", user => 'root', role => 'boxoffice_admin', body => { prices => { VIP => 1 } }), 400), '',
		'of a category that no seat has');
	my $coupon_id = sql($node, "SELECT boxoffice.create_coupon('Stopped', 5)");
	route('stop_coupon', 'POST', "/v1/coupons/$coupon_id/stop", 200, as => $administrator);
	is(call($gateway, 'POST', "/v1/coupons/$coupon_id/claims", user => 'anna')->{json}{outcome}, 'not_on_sale', 'nobody claims it any more');

	my $hall = call($gateway, 'POST', "/v1/events/$event_id/slots", user => 'root', role => 'boxoffice_admin', body => { starts_at => '2100-01-01T00:00:00Z' });
	my $plan = $json->decode(slurp_file('test/data/riethsporthalle.plan.json'));
	my %prices = map { $_->{name} => 1000 } @{ $plan->{categories} };
	$made = route('add_seating_plan', 'POST', location($hall) . '/seating-plan', 201, as => $administrator, body => { plan => $plan, prices => \%prices });
	is(location($made), location($hall) . '/seats', 'where they are');
	is($made->{json}{seats_added}, sql($node, "SELECT count(*) FROM boxoffice.seat WHERE slot_id = $hall->{json}{slot_id}"), 'all seats of a hall');
	cmp_ok($made->{json}{seats_added}, '>', 300, 'which are many');
};

subtest 'reading what is on sale' => sub {
	my $slot_id = make_slot($node, 4, 1500, "sale_opens_at => '2000-01-01', external_id => 's'");
	my $event_id = sql($node, "SELECT event_id FROM boxoffice.slot WHERE slot_id = $slot_id");
	my $list = route('list_events', 'GET', '/v1/events?query=concert', 200);
	is($list->{json}{items}[0]{event_id}, $event_id, 'newest first');
	like($list->{text}, qr/"venue":null/, 'null is sent');
	my $event = route('get_event', 'GET', "/v1/events/$event_id", 200);
	is($event->{json}{title}, 'Concert', 'its title');
	my $slots = route('list_slots', 'GET', "/v1/events/$event_id/slots", 200);
	is_deeply(
		$slots->{json}{items},
		[
			{
				slot_id => $slot_id, starts_at => '2100-01-01T00:00:00Z', seats_free => 4, seats_total => 4, places_free => 0,
				places_total => 0, sale_opens_at => '2000-01-01T00:00:00Z', sale_closes_at => undef, max_per_user => undef,
				queue_id => undef, external_id => 's', sale_status => 'on_sale'
			}
		],
		'the slot as it is');
	sql($node, "SELECT boxoffice.hold_seats($slot_id, 'someone', ARRAY[2])");
	my $map = route('seat_map', 'GET', "/v1/slots/$slot_id/seats", 200);
	is(join(' ', map { "$_->{seat_id} $_->{status} $_->{price}" } @{ $map->{json}{items} }),
		'1 free 1500 2 held 1500 3 free 1500 4 free 1500', 'every seat');
	my $free = route('available_seats', 'GET', "/v1/slots/$slot_id/seats?available=true", 200);
	is(join(' ', map { $_->{seat_id} } @{ $free->{json}{items} }), '1 3 4', 'those that are free');
	my $states = route('seat_states', 'GET', "/v1/slots/$slot_id/seat-states", 200);
	is_deeply([ @{ $states->{json} }{qw(seats_total states)} ], [ 4, 'BA==' ], 'in two bits each: only the second is held');
	is(call($gateway, 'GET', "/v1/slots/$slot_id/seat-states", headers => { 'If-None-Match' => $states->{headers}{etag} })->{status}, 304, 'unchanged');
	is(call($gateway, 'GET', '/v1/slots/999999/seat-states')->{json}{outcome}, 'not_found', 'of no slot');
	is_deeply(call($gateway, 'GET', "/v1/slots/$slot_id/seats?available=false")->{json}, $map->{json}, 'available=false asks for all');
	my $pool_id = sql($node, "SELECT boxoffice.add_pool($slot_id, 'Floor', 20, 900)");
	my $pools = route('list_pools', 'GET', "/v1/slots/$slot_id/pools", 200);
	is_deeply($pools->{json}{items}, [ { pool_id => $pool_id, name => 'Floor', price => 900, places_free => 20, places_total => 20 } ], 'and places');
	ok($pools->{headers}{etag}, 'with an ETag');
	for my $path ('/v1/events/999999/slots', '/v1/slots/999999/seats', '/v1/slots/999999/pools')
	{
		my $none = call($gateway, 'GET', $path);
		is("$none->{status} $none->{text}", '200 {"items":[],"next":null}', "$path: nothing there is an empty list");
	}
};

subtest 'buying' => sub {
	my $slot_id = make_slot($node, 10, 1200);
	route('credit_balance', 'POST', '/v1/balance/credits', 200, as => $administrator, key => 'k1',
		body => { user_id => 'anna', amount => 10000, reason => 'gift' });
	my $debit = route('debit_balance', 'POST', '/v1/balance/debits', 200, as => $administrator, body => { user_id => 'anna', amount => 1000 });
	is($debit->{json}{balance}, 9000, 'the balance afterwards');
	my $held = route('hold_seats', 'POST', "/v1/slots/$slot_id/holds", 201, as => 'anna', key => 'k2', body => { seat_ids => [ 3, 1 ] });
	my $id = $held->{json}{reservation_id};
	is_deeply([ @{ $held->{json} }{qw(amount seat_ids refused_seat_ids)} ], [ 2400, [ 1, 3 ], undef ], 'two seats');
	is(location($held), "/v1/reservations/$id", 'where it is');
	my $got = route('get_reservation', 'GET', location($held), 200, as => 'anna');
	is_deeply([ @{ $got->{json} }{qw(status expires_at paid_at)} ], [ 'held', $held->{json}{expires_at}, undef ], 'it is held');
	is(sql($node, "SELECT expires_at = '$held->{json}{expires_at}' FROM boxoffice.reservation WHERE reservation_id = $id"), 't',
		'until the very instant that the answer names');
	is(join(' ', map { "$_->{seat_id} $_->{price}" } @{ $got->{json}{items} }), '1 1200 3 1200', 'with its seats');
	my $best = route('hold_best_seats', 'POST', "/v1/slots/$slot_id/holds", 201, as => 'berta', body => { quantity => 1, category => undef });
	is($best->{json}{adjacent}, JSON::PP::true, 'the best seat');
	is(is_problem(call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'berta', body => { quantity => 1, seat_ids => [3] }), 400), '',
		'seats by number and by name are two requests');
	route('release_hold', 'DELETE', location($best), 200, as => 'berta');
	my $again = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'anna', key => 'k2', body => { seat_ids => [ 3, 1 ] });
	is("$again->{status} $again->{text}", "201 $held->{text}", 'its key gives the same answer again');

	my $paid = route('pay_reservation', 'POST', "/v1/reservations/$id/payment", 201, as => 'anna', key => 'k3');
	is_deeply([ @{ $paid->{json} }{qw(amount balance)} ], [ 2400, 6600 ], 'paid');
	is(location($paid), "/v1/reservations/$id", 'where it is');
	my $cancelled = route('cancel_reservation', 'POST', "/v1/reservations/$id/cancellation", 200, as => 'anna');
	is_deeply($cancelled->{json}, { outcome => 'ok', refunded => 2400, balance => 9000 }, 'and cancelled');
	is(call($gateway, 'GET', "/v1/reservations/$id", user => 'anna')->{json}{status}, 'cancelled', 'it says so');

	# by the house, also once it has begun; another user still finds nothing
	sql($node, "SELECT boxoffice.credit_balance('carla', 5000)");
	my $theirs = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'carla', body => { seat_ids => [7] })->{json}{reservation_id};
	call($gateway, 'POST', "/v1/reservations/$theirs/payment", user => 'carla');
	is(call($gateway, 'GET', "/v1/reservations/$theirs", user => 'berta')->{status}, 404, 'not for another user');
	is(call($gateway, 'POST', "/v1/reservations/$theirs/cancellation", user => 'berta')->{status}, 404, 'nor to cancel');
	my $seen = route('get_reservation', 'GET', "/v1/reservations/$theirs", 200, as => $administrator);
	is_deeply([ @{ $seen->{json} }{qw(user_id status amount)} ], [ 'carla', 'paid', 1200 ], 'an administrator sees it');
	is(is_problem(call($gateway, 'GET', "/v1/reservations/$theirs?user_id=berta", user => 'root', role => 'boxoffice_admin'), 400), '', 'who may not say whose it is');
	is(is_problem(call($gateway, 'POST', "/v1/reservations/$theirs/cancellation", user => 'root', role => 'boxoffice_admin', body => { user_id => 'berta' }), 400), '', 'nor to cancel');
	sql($node, "SELECT boxoffice.update_slot($slot_id, starts_at => '2001-01-01', sale_closes_at => '2100-01-01')");
	is(call($gateway, 'POST', "/v1/reservations/$theirs/cancellation", user => 'carla')->{json}{outcome}, 'too_late', 'too late for its user');
	$cancelled = route('cancel_reservation', 'POST', "/v1/reservations/$theirs/cancellation", 200, as => $administrator, body => { reason => 'storm' });
	is_deeply($cancelled->{json}, { outcome => 'ok', refunded => 1200, balance => 5000 }, 'not for the house');
	$seen = call($gateway, 'GET', "/v1/reservations/$theirs", user => 'root', role => 'boxoffice_admin');
	is_deeply([ @{ $seen->{json} }{qw(status cancelled_by_house cancel_reason)} ], [ 'cancelled', JSON::PP::true, 'storm' ], 'the reason is kept');
	is(call($gateway, 'GET', "/v1/reservations/$theirs", user => 'carla')->{json}{cancel_reason}, undef, 'for the house');

	# what was sold, for the house
	my $report = route('sales_report', 'GET', "/v1/sales-report?slot_id=$slot_id", 200, as => $administrator);
	is_deeply([ @{ $report->{json}{items}[0] }{qw(category capacity sold gross refunded net)} ], [ undef, 10, 0, 3600, 3600, 0 ], 'a report');
	my $event_id = sql($node, "SELECT event_id FROM boxoffice.slot WHERE slot_id = $slot_id");
	is_deeply(call($gateway, 'GET', "/v1/sales-report?event_id=$event_id", user => 'root', role => 'boxoffice_admin')->{json}, $report->{json}, 'of the event, too');
	is(is_problem(call($gateway, 'GET', '/v1/sales-report', user => 'root', role => 'boxoffice_admin'), 400), '', 'of nothing');
	my $sales = route('next_sales', 'GET', '/v1/sales?max_rows=1', 200, as => $administrator);
	my (@told, $next);
	while (@{ $sales->{json}{items} })
	{
		push @told, map { "$_->{status} $_->{reservation_id}" } @{ $sales->{json}{items} };
		$next  = $sales->{json}{next};
		$sales = call($gateway, 'GET', $next, user => 'root', role => 'boxoffice_admin');
	}
	is(join(', ', @told[ -4 .. -1 ]), "paid $id, cancelled $id, paid $theirs, cancelled $theirs", 'the sales, one after the other');
	is($sales->{json}{next}, $next, 'and that is all so far: one goes on asking at the same address');
	is(call($gateway, 'GET', '/v1/sales', user => 'anna')->{status}, 403, 'not for users');
	is(is_problem(call($gateway, 'GET', '/v1/sales?after=x', user => 'root', role => 'boxoffice_admin'), 400), '', 'a position that is none');
	$held = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'anna', body => { seat_ids => [5] });
	route('release_hold', 'DELETE', location($held), 200, as => 'anna') for 1 .. 2;
	is(call($gateway, 'GET', location($held), user => 'anna')->{json}{status}, 'released', 'released, and again');

	my $pool_id = sql($node, "SELECT boxoffice.add_pool($slot_id, 'Floor', 20, 900)");
	$held = route('hold_places', 'POST', "/v1/pools/$pool_id/holds", 201, as => 'anna', key => 'k4', body => { quantity => 3 });
	is_deeply([ @{ $held->{json} }{qw(amount seat_ids adjacent)} ], [ 2700, undef, undef ], 'three places');
	is_deeply(call($gateway, 'GET', location($held), user => 'anna')->{json}{items}, [ { pool_id => $pool_id, name => 'Floor', quantity => 3, price => 900 } ],
		'which are in the reservation');
	sql($node, "SELECT boxoffice.update_slot($slot_id, hold_for_max => '1 hour', hold_for => '30 min')");
	my $extended = route('extend_hold', 'POST', location($held) . '/extension', 200, as => 'anna');
	cmp_ok($extended->{json}{expires_at}, 'gt', $held->{json}{expires_at}, 'held for longer');
	call($gateway, 'DELETE', location($held), user => 'anna');

	my $balance = route('get_balance', 'GET', '/v1/balance', 200, as => 'anna');
	is_deeply($balance->{json}, { outcome => 'ok', balance => 9000, currency => 'EUR' }, 'the balance');
	is(call($gateway, 'GET', '/v1/balance', user => 'nobody ever seen')->{json}{balance}, 0, '0 for a user never seen');
	my $entries = route('list_balance_entries', 'GET', '/v1/balance/entries', 200, as => 'anna');
	is(join(' ', map { $_->{amount} } @{ $entries->{json}{items} }), '2400 -2400 -1000 10000', 'and how it came to be');
	my $payments = route('list_payments', 'GET', '/v1/payments', 200, as => 'anna');
	is(join(' ', map { "$_->{amount} $_->{refunded}" } @{ $payments->{json}{items} }), '2400 2400', 'the payment');
	my $reservations = route('list_reservations', 'GET', '/v1/reservations', 200, as => 'anna');
	is(join(' ', map { $_->{status} } @{ $reservations->{json}{items} }), 'released released cancelled', 'the reservations');
};

subtest 'coupons' => sub {
	my $made = route('create_coupon', 'POST', '/v1/coupons', 201, as => $administrator, body => {
		name => 'Discount', quantity => 2, discount_percent => 25, valid_until => '2099-12-31T23:00:00Z', minimum_amount => 1000 });
	my $coupon_id = $made->{json}{coupon_id};
	is(location($made), "/v1/coupons/$coupon_id", 'where it is');
	is_deeply([ @{ route('get_coupon', 'GET', location($made), 200, as => $administrator)->{json} }{qw(name claims_left status)} ], [ 'Discount', 2, 'valid' ],
		'it is there');
	is(route('list_coupons', 'GET', '/v1/coupons', 200, as => $administrator)->{json}{items}[0]{coupon_id}, $coupon_id, 'and in the list');
	my $claimed = route('claim_coupon', 'POST', "/v1/coupons/$coupon_id/claims", 201, as => 'carl', key => 'c1');
	my $claim_id = $claimed->{json}{claim_id};
	is_deeply($claimed->{json}, { outcome => 'ok', claim_id => $claim_id, claim_number => 1, expires_at => '2099-12-31T23:00:00Z' }, 'a claim');
	is(location($claimed), '/v1/coupon-claims', 'where it is');
	is(call($gateway, 'POST', "/v1/coupons/$coupon_id/claims", user => 'carl', key => 'c1')->{text}, $claimed->{text}, 'its key gives the same answer again');

	my $slot_id = make_slot($node, 5, 1200);
	sql($node, "SELECT boxoffice.credit_balance('carl', 2000)");
	my $id = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'carl', body => { seat_ids => [1] })->{json}{reservation_id};
	my $paid = route('pay_reservation', 'POST', "/v1/reservations/$id/payment", 201, as => 'carl', body => { claim_id => $claim_id });
	is_deeply([ @{ $paid->{json} }{qw(gross discount amount balance)} ], [ 1200, 300, 900, 1100 ], 'paid with it');
	my $claims = route('list_coupon_claims', 'GET', '/v1/coupon-claims', 200, as => 'carl');
	is_deeply([ @{ $claims->{json}{items}[0] }{qw(claim_id coupon_id name claim_number discount_amount discount_percent minimum_amount status reservation_id)} ],
		[ $claim_id, $coupon_id, 'Discount', 1, undef, 25, 1000, 'used', $id ], 'which the list says');
	my $payment = call($gateway, 'GET', '/v1/payments', user => 'carl')->{json}{items}[0];
	is_deeply([ @$payment{qw(gross discount amount claim_id)} ], [ 1200, 300, 900, $claim_id ], 'and the payment');
	is(call($gateway, 'POST', "/v1/reservations/$id/cancellation", user => 'carl')->{json}{refunded}, 900, 'cancelled, what was paid comes back');
	is(call($gateway, 'GET', '/v1/coupon-claims', user => 'carl')->{json}{items}[0]{status}, 'claimed', 'and the claim');
	is(join(' ', map { "$_->{reason} $_->{amount}" } @{ call($gateway, 'GET', '/v1/balance/entries?max_rows=4', user => 'carl')->{json}{items} }),
		'discount returned -300 refund 1200 discount 300 payment -1200', 'each as an entry of its own');
	is(is_problem(call($gateway, 'POST', "/v1/coupons/$coupon_id/claims", user => 'carl'), outcomes($node)->{already_claimed}, 'claim_id', 'claim_number', 'expires_at'),
		'', 'it cannot be claimed again');
	$id = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'carl', body => { seat_ids => [2] })->{json}{reservation_id};
	for my $none ('{}', '{"claim_id":null}', '')
	{
		is(call($gateway, 'POST', "/v1/reservations/$id/payment", user => 'carl', key => 'p1', length $none ? (text => $none) : ())->{json}{amount},
			1200, "paid without a claim: '$none'");
	}
};

subtest 'waiting in a queue' => sub {
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 1)");
	my $slot_id = make_slot($node, 3, 0, "queue_id => $queue_id");
	my $first = route('join_queue', 'POST', "/v1/queues/$queue_id/tokens", 201, as => 'anna');
	is($first->{json}{status}, 'active', 'the first is active at once');
	is(location($first), '/v1/queue-token', 'where to ask');
	is(call($gateway, 'POST', "/v1/queues/$queue_id/tokens", user => 'anna')->{json}{token}, $first->{json}{token}, 'joining again is the same place');
	my $second = route('join_queue', 'POST', "/v1/queues/$queue_id/tokens", 201, as => 'bert');
	is_deeply([ @{ $second->{json} }{qw(status position expires_at)} ], [ 'waiting', 1, undef ], 'the second waits');
	my $vip = call($gateway, 'POST', "/v1/queues/$queue_id/tokens", user => 'vip', priority => 3);
	is($vip->{json}{position}, 1, 'one with a higher priority in the token comes before');
	my $status = route('queue_status', 'GET', '/v1/queue-token', 200, queue_token => $second->{json}{token});
	is_deeply([ @{ $status->{json} }{qw(status position token)} ], [ 'waiting', 2, $second->{json}{token} ], 'which shows in the position of the others');
	my $held = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'anna', queue_token => $first->{json}{token}, body => { seat_ids => [1] });
	is($held->{status}, 201, 'who is active buys with the token in its header');
	route('leave_queue', 'DELETE', '/v1/queue-token', 200, queue_token => $first->{json}{token});
	is(call($gateway, 'GET', '/v1/queue-token', queue_token => $first->{json}{token})->{json}{status}, 'left', 'and leaves');
};

is(join(' ', grep { !$exercised{$_} } sort(keys %operations, 'available_seats')), '', 'every route was called');

# Follows next from a page to the end; returns the rows and how many pages there were.
sub pages {
	my ($path, %with) = @_;
	my (@rows, $count);
	while (defined $path && ++$count < 100)
	{
		my $page = call($gateway, 'GET', $path, %with);
		return "status $page->{status}: $page->{text}" if $page->{status} != 200;
		push @rows, @{ $page->{json}{items} };
		$path = $page->{json}{next};
	}
	return (\@rows, $count);
}

subtest 'lists page by page' => sub {
	my $slot_id = make_holds($node, 1, 11, 700);    # user1
	sql($node, "SELECT count(outcome) FROM boxoffice.reservation r, boxoffice.pay_reservation(r.reservation_id, 'user1') WHERE r.slot_id = $slot_id");
	# what looks like a query of its own must come back as it was
	sql($node, "SELECT boxoffice.create_event(E'Gr\\u00F6\\u00DFe & Co + 100% = ?# ' || n) FROM generate_series(1, 11) n");
	my $query = 'query=Gr%C3%B6%C3%9Fe%20%26%20Co%20%2B+100%25%20%3D%20%3F%23&';
	my $mine = "WHERE user_id = 'user1' ORDER BY 1 DESC";
	sql($node, "SELECT count(outcome) FROM generate_series(1, 11) n, boxoffice.claim_coupon(boxoffice.create_coupon('Discount ' || n, 1), 'user1')");
	my @lists = (
		[ '/v1/coupon-claims', '', 'claim_id', "SELECT claim_id FROM boxoffice.coupon_claim $mine" ],
		[ '/v1/events', $query, 'event_id', "SELECT event_id FROM boxoffice.event WHERE title LIKE '%& Co +%' ORDER BY 1 DESC" ],
		[ '/v1/reservations', '', 'reservation_id', "SELECT reservation_id FROM boxoffice.reservation $mine" ],
		[ '/v1/payments', '', 'payment_id', "SELECT payment_id FROM boxoffice.payment JOIN boxoffice.reservation USING (reservation_id) $mine" ],
		[ '/v1/balance/entries', '', 'entry_id', "SELECT entry_id FROM boxoffice.ledger_entry JOIN boxoffice.account USING (account_id) $mine" ]);
	for my $list (@lists)
	{
		my ($path, $query, $id, $statement) = @$list;
		my $expected = join ' ', split /\n/, sql($node, $statement);
		my $rows = () = $expected =~ /\d+/g;
		cmp_ok($rows, '>=', 11, "$path: $rows rows");
		for my $size (1, 4, $rows, $rows + 1)
		{
			my ($got, $count) = pages("$path?${query}max_rows=$size", user => 'user1');
			is(ref $got ? join(' ', map { $_->{$id} } @$got) : $got, $expected, "$path: in pages of $size nothing is missing or twice");
			cmp_ok($count // 0, '<=', int($rows / $size) + 1, 'no page too many');
		}
		my $next = call($gateway, 'GET', "$path?${query}max_rows=2", user => 'user1')->{json}{next} // '';
		like($next, qr{^\Q$path\E\?.*before_id=[0-9]+}, "$path: next is an address on the same host");
	}
	is(call($gateway, 'GET', '/v1/events?max_rows=1000')->{json}{next}, undef, 'a page that is not full is the last');
	is(is_problem(call($gateway, 'GET', "/v1/events?max_rows=$_"), 400), '', "max_rows=$_ is refused") for 0, 1001, -1, 'all', '';
};

# ---------------------------------------------------------------------------------------------------------------------
# Who may call
# ---------------------------------------------------------------------------------------------------------------------

my $outcomes = outcomes($node);

sub is_for_users {
	my ($name, $method, $path) = @_;
	for my $with ({}, { jwt => 'nonsense' }, { headers => { Authorization => 'Basic cm9vdDpyb290' } }, { headers => { Authorization => 'Bearer' } })
	{
		my $answer = call($gateway, $method, $path, body => {}, %$with);
		is(is_problem($answer, 401), '', "$name: 401 without a good token");
		like($answer->{headers}{'www-authenticate'} // '', qr/^Bearer\b/, 'WWW-Authenticate');
	}
}

sub is_for_administrators {
	my ($name, $method, $path) = @_;
	for my $role (undef, 'admin', 'boxoffice_admin ')
	{
		my $answer = call($gateway, $method, $path, user => 'anna', role => $role, body => {});
		is(is_problem($answer, 403), '', "$name: not for a user" . (defined $role ? " with the role '$role'" : ''));
		is($answer->{headers}{'www-authenticate'}, undef, 'whom another token would not help');
	}
}

sub is_for_bearers {
	my ($name, $method, $path) = @_;
	is(is_problem(call($gateway, $method, $path), 403), '', "$name: a Queue-Token is missing");
	is(is_problem(call($gateway, $method, $path, queue_token => '01234567-89ab-cdef-0123-456789abcdef'), $outcomes->{queue_token_invalid}),
		'', 'it is not known');
	for my $token ('x', '01234567-89ab-cdef-0123-456789abcdeg', '{01234567-89ab-cdef-0123-456789abcdef}', '0123456789abcdef0123456789abcdef')
	{
		is(is_problem(call($gateway, $method, $path, queue_token => $token), 400), '', "'$token' is none");
	}
}

subtest 'who may call' => sub {
	my $rows = sub { sql($node, "SELECT count(*) FROM boxoffice.$_[0]") };
	my @before = map { $rows->($_) } qw(venue event slot queue reservation account coupon coupon_claim);
	for my $name (sort keys %operations)
	{
		my $operation = $operations{$name};
		my @address = ($operation->{method}, $operation->{path} =~ s/\{[a-z_]+\}/1/gr);
		my $administrators = $name =~ /^(?:create|add|update)_|^(?:credit|debit)_balance\z|^(?:list_queues|list_coupons|get_coupon)\z/;
		if ($administrators || grep { $_->{user} } @{ $operation->{security} // [] })
		{
			is_for_users($name, @address);
			is_for_administrators($name, @address) if $administrators;
		}
		elsif (@{ $operation->{security} })
		{
			is_for_bearers($name, @address);
		}
		else
		{
			is(call($gateway, @address, jwt => 'nonsense')->{status}, call($gateway, @address)->{status}, "$name: for anyone, whatever the token");
		}
	}
	is_deeply([ map { $rows->($_) } qw(venue event slot queue reservation account coupon coupon_claim) ], \@before, 'nothing was made');
};

subtest 'what belongs to others' => sub {
	my $slot_id = make_slot($node, 5, 100);
	my $id = call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'anna', body => { seat_ids => [1] })->{json}{reservation_id};
	my @calls = ([ 'GET', '' ], [ 'DELETE', '' ], [ 'POST', '/payment' ], [ 'POST', '/cancellation' ]);
	for my $call (@calls)
	{
		my ($method, $rest) = @$call;
		# an administrator sees and cancels what is anyone's, but neither pays nor releases it
		my @root = $method eq 'GET' || $rest eq '/cancellation' ? () : [ user => 'root', role => 'boxoffice_admin' ];
		for my $other ([ user => 'bert' ], [ user => 'Anna' ], @root)
		{
			my $answer = call($gateway, $method, "/v1/reservations/$id$rest", @$other);
			is(is_problem($answer, $outcomes->{not_found}), '', "$method $rest by $other->[1]: 404");
			my $nowhere = call($gateway, $method, "/v1/reservations/999999$rest", @$other);
			is($answer->{text}, $nowhere->{text}, 'exactly as for one that is not there');
		}
	}
	is(call($gateway, 'GET', "/v1/reservations/$id", user => 'anna')->{json}{status}, 'held', 'it is untouched');
	is(call($gateway, 'GET', '/v1/reservations', user => 'Anna')->{text}, '{"items":[],"next":null}', 'and in nobody else\'s list');
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 5)");
	my $queued = make_slot($node, 5, 100, "queue_id => $queue_id");
	my $token = call($gateway, 'POST', "/v1/queues/$queue_id/tokens", user => 'anna')->{json}{token};
	is(is_problem(call($gateway, 'POST', "/v1/slots/$queued/holds", user => 'bert', queue_token => $token, body => { seat_ids => [1] }),
			$outcomes->{queue_token_invalid}), '', 'a queue token is of no use to another');
};

# ---------------------------------------------------------------------------------------------------------------------
# What is not behind a function
# ---------------------------------------------------------------------------------------------------------------------

subtest 'addresses and methods' => sub {
	for my $path ('/', '/v1', '/v1/', '/v1/nothing', '/v1/events/', '/v1/events/1/', '//v1/events', '/v2/events', '/v1/events/1/slots/2', '/V1/events')
	{
		is(is_problem(call($gateway, 'GET', $path), 404), '', "nothing at $path");
	}
	my %methods;
	$methods{ $_->{path} }{ $_->{method} } = 1 for values %operations;
	for my $path (sort keys %methods)
	{
		my %has = %{ $methods{$path} };
		for my $method (grep { !$has{$_} } qw(GET POST PATCH DELETE))
		{
			my $answer = call($gateway, $method, $path =~ s/\{[a-z_]+\}/1/gr);
			is(is_problem($answer, 405), '', "$method $path");
			is(join(' ', sort split /, /, $answer->{headers}{allow} // ''), join(' ', sort keys %has, $has{GET} ? 'HEAD' : ()), 'Allow');
		}
	}
	for my $method (qw(PUT OPTIONS TRACE))
	{
		my $answer = call($gateway, $method, '/v1/events');
		is(is_problem($answer, 405), '', "$method is never taken");
		is($answer->{headers}{allow}, 'GET, HEAD, POST', 'the address takes others');
		is(call($gateway, $method, '/v1/queues/7/tokens')->{headers}{allow}, 'POST', 'and another address none but one');
		is(is_problem(call($gateway, $method, '/v1/nothing'), 404), '', 'what is not there takes none');
	}
	for my $path (qw(/livez /readyz /metrics /openapi.json /docs/outcomes))
	{
		my $answer = call($gateway, 'POST', $path);
		is(is_problem($answer, 405), '', "POST $path");
		is($answer->{headers}{allow}, 'GET, HEAD', 'is to be read');
	}
	my $id = call($gateway, 'GET', '/livez', headers => { 'X-Request-Id' => 'from-the_front-1' })->{headers}{'x-request-id'};
	is($id, 'from-the_front-1', 'the request id of the front comes back');
	isnt(call($gateway, 'GET', '/livez', headers => { 'X-Request-Id' => $_ })->{headers}{'x-request-id'}, $_, 'but not one that is odd')
	  for 'a b', '"', 'x' x 65;
};

subtest 'the gateway itself' => sub {
	is(call($gateway, 'GET', '/livez')->{text}, '{"status":"alive"}', '/livez');
	is(call($gateway, 'GET', '/readyz')->{text}, '{"status":"ready"}', '/readyz');
	my $metrics = call($gateway, 'GET', '/metrics');
	is($metrics->{headers}{'content-type'}, 'text/plain; version=0.0.4', '/metrics');
	is(join("\n", grep { !/^(?:#|[a-z_]+(?:\{.*\})? [-+.e0-9]+$)/ } split /\n/, $metrics->{text}), '', 'in the format of Prometheus');
	unlike($metrics->{text}, qr/anna|bert/, 'without users');
	my $page = call($gateway, 'GET', '/docs/outcomes');
	is($page->{headers}{'content-type'}, 'text/html; charset=utf-8', '/docs/outcomes');
	like($page->{text}, qr/id="$_"/, "has $_") for sort keys %$outcomes;
};

subtest 'what is the same for all is shared' => sub {
	my $cached = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 300 });
	my $slot_id = make_slot($node, 3, 100);
	for my $with ($gateway, $cached)
	{
		my $name = $with == $cached ? 'with a cache' : 'without one';
		my $path = "/v1/slots/$slot_id/seats";
		my $first = call($with, 'GET', $path);
		like($first->{headers}{etag} // '', qr/^"[0-9a-f]+"\z/, "$name: an ETag");
		is($first->{headers}{'cache-control'}, 'no-cache', 'to be asked about');
		my $tag = $first->{headers}{etag} // '""';
		for my $list ($tag, "W/$tag", "\"x\", $tag", '*')
		{
			my $same = call($with, 'GET', $path, headers => { 'If-None-Match' => $list });
			is("$same->{status}|$same->{text}|" . ($same->{headers}{etag} // ''), "304||$tag", "If-None-Match: $list");
		}
		is(call($with, 'GET', $path, headers => { 'If-None-Match' => $_ })->{status}, 200, "If-None-Match: $_ is another") for '"x"', '"0"';
		sql($node, "SELECT boxoffice.hold_seats($slot_id, 'someone', ARRAY[" . ($with == $cached ? 1 : 2) . '])');
		my $changed = within(5, sub { my $now = call($with, 'GET', $path, headers => { 'If-None-Match' => $tag }); $now->{status} == 200 && $now });
		ok($changed, 'when it has changed it is sent') or next;
		isnt($changed->{headers}{etag}, $tag, 'with another tag');
	}
	my $private = call($cached, 'GET', '/v1/balance', user => 'anna');
	is($private->{headers}{etag}, undef, 'what belongs to a user has none');
	is($private->{headers}{'cache-control'}, 'no-store', 'and is not kept');
	is(is_problem(call($cached, 'GET', '/v1/events/999999', headers => { 'If-None-Match' => '*' }), $outcomes->{not_found}), '', 'nor is a refusal');
	my $calls = metric($cached, 'boxoffice_group_size_sum', qr/read/);
	my @answers = at_once(20, sub { return [ call($cached, 'GET', '/v1/events')->{text} ] });
	is(scalar(grep { $_->[0] ne $answers[0][0] } @answers), 0, '20 who ask at once get one answer');
	cmp_ok(metric($cached, 'boxoffice_group_size_sum', qr/read/) - $calls, '<=', 5, 'for which the database is hardly asked');
	is(stop_gateway($cached), 0, 'it ends');
};

is_as_documented($gateway);
is(stop_gateway($gateway), 0, 'the gateway ends in order');
verify_is_empty($node);
my $complaints_of_server = join "\n", grep { !/max_rows|no seat of the slot is in category|a report is of one slot|after is no position/ } split /\n/, log_complaints($node);
is($complaints_of_server, '', 'the server has nothing to complain of');
$node->stop;
done_testing();
