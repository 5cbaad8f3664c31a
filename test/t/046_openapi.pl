# The OpenAPI document, as others use it: two linters have nothing to say, a client is generated from it and compiles, and the body
# that it shows for each operation is one that the gateway takes.
use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use File::Copy 'copy';
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node     = start_database('openapi');
my $gateway  = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 0 });
my $json     = JSON::PP->new->canonical->utf8;
my $programs = abs_path('build/npm-test/node_modules/.bin');
my $tests    = abs_path('test/api');
my $folder   = PostgreSQL::Test::Utils::tempdir;

my ($status, $printed) = run_program(['openapi'], %{ $gateway->{environment} });
is($status, 0, 'boxofficed openapi prints the document');
append_to_file("$folder/openapi.json", $printed);
my $document = $json->decode($printed);

# Runs a program of the judges; returns its exit status and all that it prints.
sub judge {
	my (@command) = @_;
	my $says = '';
	IPC::Run::run(\@command, '>', \$says, '2>&1', IPC::Run::timeout(240));
	return ($? >> 8, $says);
}

# The document with a mistake in it, as a file.
sub spoilt {
	my ($name, $spoil) = @_;
	my $copy = $json->decode($printed);
	$spoil->($copy);
	append_to_file("$folder/$name.json", $json->encode($copy));
	return "$folder/$name.json";
}

sub redocly { return (judge('node', "$tests/judge.mjs", 'lint', $_[0]))[1] }
sub spectral { return (judge("$programs/spectral", 'lint', '--quiet', '--fail-severity', 'hint', '--ruleset', "$tests/spectral.yaml", $_[0]))[1] }

subtest 'redocly' => sub {
	is(redocly("$folder/openapi.json"), '', 'has nothing to say');
	my $open = spoilt('open', sub { delete $_[0]{paths}{'/v1/events'}{get}{security} });
	like(redocly($open), qr/^error security-defined: /m, 'but to an operation that does not say who may call');
};

subtest 'spectral' => sub {
	is(spectral("$folder/openapi.json"), '', 'has nothing to say');
	my $default = sub { $_[0]{paths}{'/v1/coupons'}{post}{requestBody}{content}{'application/json'}{schema}{properties}{minimum_amount}{default} = '0' };
	like(spectral(spoilt('default', $default)), qr/oas3-schema|oas3-valid-schema-example/, 'but to a default of another type');
	my $example = sub { $_[0]{paths}{'/v1/pools/{pool_id}/holds'}{post}{requestBody}{content}{'application/json'}{examples}{hold_places}{value} = { quantity => 'two' } };
	like(spectral(spoilt('example', $example)), qr/oas3-valid-media-example/, 'and to an example that does not fit');
};

subtest 'a generated client' => sub {
	copy("$tests/client.ts", "$folder/client.ts") or die $!;
	my ($generated, $says) = judge("$programs/openapi-typescript", "$folder/openapi.json", '--output', "$folder/api.ts");
	is($generated, 0, 'is generated') or diag($says);
	my @strictly = qw(--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --target es2022);
	my ($compiled, $errors) = judge("$programs/tsc", @strictly, "$folder/client.ts");
	is($errors, '', 'and compiles');
};

# All operations: [method, path, operation].
my @operations = map { my $path = $_; map { [ uc $_, $path, $document->{paths}{$path}{$_} ] } sort keys %{ $document->{paths}{$path} } }
  sort keys %{ $document->{paths} };

subtest 'defaults and examples' => sub {
	my $amount = $document->{paths}{'/v1/coupons'}{post}{requestBody}{content}{'application/json'}{schema}{properties}{minimum_amount};
	ok(is_json_type($amount->{default}, 'number'), 'the default of an amount is a number');
	my $outcomes = outcomes($node);
	for (@operations)
	{
		my ($method, $path, $operation) = @$_;
		ok($operation->{security}, "$method $path says who may call");
		is(scalar @{ $operation->{tags} }, 1, 'and has a tag');
		for my $code (grep { $_ >= 400 } sort keys %{ $operation->{responses} })
		{
			my $content = $operation->{responses}{$code}{content}{'application/problem+json'};
			my ($narrowed) = grep { $_->{properties} } @{ $content->{schema}{allOf} // [] };
			my %possible = map { $_ => 1 } @{ $narrowed->{properties}{outcome}{enum} // [] };
			is(join(' ', grep { $outcomes->{$_}{http_status} != $code } sort keys %possible), '', "$method $path $code: outcomes of this status");
			cmp_ok(scalar keys %{ $content->{examples} }, '>', 0, 'an example');
			for my $example (map { $_->{value} } values %{ $content->{examples} })
			{
				is($example->{status}, $code, 'with its status');
				ok($possible{ $example->{outcome} } && $example->{type} eq "/docs/outcomes#$example->{outcome}", "and an outcome that can be: $example->{outcome}")
				  if defined $example->{outcome};
			}
		}
	}
	my %explaining = map { $_ => 1 } keys %{ $document->{components}{schemas}{Problem}{properties} };
	ok($explaining{$_}, "a problem may have $_") for qw(outcome retry_after refused_seat_ids balance claim_id claim_number expires_at);
};

# ---------------------------------------------------------------------------------------------------------------------
# The bodies that are shown, sent as they stand by someone who may do everything
# ---------------------------------------------------------------------------------------------------------------------

sql($node, "SELECT boxoffice.credit_balance(user_id => 'root', amount => 10000000), boxoffice.credit_balance(user_id => 'ann', amount => 10000000)");
my $plan   = $document->{paths}{'/v1/slots/{slot_id}/seating-plan'}{post}{requestBody}{content}{'application/json'}{examples}{add_seating_plan}{value};

# What a {name} of an address stands for: something fresh of its kind.
my %fresh = (
	venue_id => sub { sql($node, "SELECT boxoffice.create_venue(name => 'Hall')") },
	event_id => sub { sql($node, "SELECT boxoffice.create_event(title => 'Concert')") },
	queue_id => sub { sql($node, "SELECT boxoffice.create_queue(name => 'Queue', max_active => 5)") },
	coupon_id => sub { sql($node, "SELECT boxoffice.create_coupon(name => 'Coupon', quantity => 5)") });
$fresh{slot_id} = sub { my $event_id = $fresh{event_id}->(); return sql($node, "SELECT boxoffice.create_slot(event_id => $event_id, starts_at => '2099-01-01')") };
$fresh{pool_id} = sub { my $slot_id = $fresh{slot_id}->(); return sql($node, "SELECT boxoffice.add_pool(slot_id => $slot_id, name => 'Floor', capacity => 400, price => 100)") };
$fresh{slot_with_seats} = sub {
	my $slot_id = $fresh{slot_id}->();
	call($gateway, 'POST', "/v1/slots/$slot_id/seating-plan", user => 'root', role => 'boxoffice_admin', body => $plan);
	return $slot_id;
};
$fresh{reservation_id} = sub {
	my $slot_id = $fresh{slot_with_seats}->();
	return sql($node, "SELECT reservation_id FROM boxoffice.hold_seats(slot_id => $slot_id, user_id => 'root', seat_ids => ARRAY[1])");
};

subtest 'the bodies that are shown' => sub {
	my $sent = 0;
	for (grep { $_->[2]{requestBody} } @operations)
	{
		my ($method, $path, $operation) = @$_;
		my $examples = $operation->{requestBody}{content}{'application/json'}{examples};
		for my $function (sort keys %$examples)
		{
			my %made = (%fresh, $function =~ /^add_/ ? () : (slot_id => $fresh{slot_with_seats}));
			my $address = $path =~ s/\{(\w+)\}/$made{$1}->()/ger;
			my $answer = call($gateway, $method, $address, user => 'root', role => 'boxoffice_admin', body => $examples->{$function}{value});
			like($answer->{status}, qr/^20[01]\z/, "$function: $method $path takes it") or diag($json->encode($examples->{$function}{value}) . " $answer->{text}");
			$sent++;
		}
	}
	cmp_ok($sent, '>=', 20, 'bodies were sent');
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');
verify_is_empty($node);
$node->stop;
done_testing();
